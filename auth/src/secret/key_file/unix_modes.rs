//! Who else can write a key file, or put another in its place. They would choose the key.

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

const ROOT: u32 = 0;
const EVERYBODY_READS: u32 = 0o004;
const EVERYBODY_WRITES: u32 = 0o002;
const GROUP_WRITES: u32 = 0o020;
/// In a directory with this bit, files are replaced only by their owners.
const STICKY: u32 = 0o1000;

pub(super) fn create_private(path: &Path) -> io::Result<fs::File> {
    fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// Refuses a file in whose directory everybody can replace it: the directory of a link, and that of what it leads to.
pub(super) fn refuse_directory_of(path: &Path) -> Result<(), String> {
    let whole = fs::canonicalize(path).ok();
    for path in [Some(path), whole.as_deref()].into_iter().flatten() {
        let directory = directory_of(path);
        // A directory that cannot be looked at is reported when the file cannot be opened.
        let Ok(metadata) = fs::metadata(&directory) else { continue };
        if everybody_replaces(metadata.mode()) {
            let directory = directory.display();
            return Err(format!("everybody can replace files in {directory}: `chmod o-w {directory}`"));
        }
    }
    Ok(())
}

fn directory_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

const fn everybody_replaces(mode: u32) -> bool {
    mode & EVERYBODY_WRITES != 0 && mode & STICKY == 0
}

/// Refuses a file that others can write, and warns about one that they can read, or that its group can write.
pub(super) fn refuse_file(path: &Path, metadata: &fs::Metadata) -> Result<(), String> {
    let me = rustix::process::geteuid().as_raw();
    let shown = path.display();
    match judge(metadata.mode(), metadata.uid(), me) {
        Judged::Everybody => Err(format!("everybody can write it: `chmod 600 {shown}`, after making sure it is yours")),
        Judged::Owner(owner) => Err(format!(
            "it belongs to the user {owner}, who can write it: `chown {me} {shown}`, after making sure of it"
        )),
        Judged::Warn(why) => {
            tracing::warn!(target: "auth::secret", path = %shown, why, "the key file is open to others: chmod 600");
            Ok(())
        }
        Judged::Fine => Ok(()),
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Judged {
    Everybody,
    Owner(u32),
    Warn(&'static str),
    Fine,
}

/// Judges a file by its mode and owner. (Root often runs in a container, with a file of a user of the host: a warning.
/// So does a volume whose group Kubernetes lets write.)
const fn judge(mode: u32, owner: u32, me: u32) -> Judged {
    if mode & EVERYBODY_WRITES != 0 {
        Judged::Everybody
    } else if owner != me && owner != ROOT && me != ROOT {
        Judged::Owner(owner)
    } else if owner != me && owner != ROOT {
        Judged::Warn("it belongs to another user, who can write it")
    } else if mode & GROUP_WRITES != 0 {
        Judged::Warn("its group can write it")
    } else if mode & EVERYBODY_READS != 0 {
        Judged::Warn("everybody can read it")
    } else {
        Judged::Fine
    }
}

#[cfg(test)]
mod tests {
    use super::{Judged, everybody_replaces, judge};

    #[test]
    fn l11_whoever_else_could_write_the_file_makes_it_unusable() {
        for mode in [0o602, 0o666, 0o622, 0o646, 0o777, 0o002] {
            assert_eq!(judge(mode, 1000, 1000), Judged::Everybody, "{mode:o}");
        }
        assert_eq!(judge(0o600, 1001, 1000), Judged::Owner(1001), "whoever owns a file can write it");
        assert_eq!(judge(0o400, 1001, 1000), Judged::Owner(1001));
        for (mode, owner, me) in [(0o600, 1000, 1000), (0o400, 0, 1000), (0o640, 0, 1000), (0o600, 0, 0)] {
            assert_eq!(judge(mode, owner, me), Judged::Fine, "{mode:o} {owner} {me}");
        }
        for (mode, owner, me) in [(0o644, 1000, 1000), (0o444, 0, 1000), (0o660, 0, 1000), (0o600, 1000, 0)] {
            assert!(matches!(judge(mode, owner, me), Judged::Warn(_)), "{mode:o} {owner} {me}");
        }
        assert!(everybody_replaces(0o777) && !everybody_replaces(0o1777) && !everybody_replaces(0o775));
    }
}
