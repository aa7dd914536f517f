//! The scheduling priority of hashing threads.

/// Gives the calling thread the lowest scheduling priority, so that a storm of logins slows down logins only. Best
/// effort: a sandbox may forbid it, and hashing then competes with everything else.
#[cfg(target_os = "linux")]
pub(super) fn lower_for_this_thread() {
    // On Linux "this process" means the calling thread (setpriority(2), notes).
    if let Err(error) = rustix::process::setpriority_process(None, 19) {
        tracing::debug!(target: "auth::password", %error, "the priority of a password hashing thread cannot be \
                                                           lowered");
    }
}

/// Does nothing on other systems; there, only the number of threads bounds the load.
#[cfg(not(target_os = "linux"))]
pub(super) fn lower_for_this_thread() {}
