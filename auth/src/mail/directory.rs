//! The mailer for development: a directory of messages that any mail program opens.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::{Mail, MailError, Mailer, mime};
use crate::base::clock::{Clock as _, SystemClock, Timestamp};

/// How many mails are kept.
const MOST: usize = 100;

/// Writes each mail into a directory, as an `.eml` file, instead of sending it. For development: whoever can read the
/// directory can use every link, so `build()` refuses it unless the base URL is one of localhost.
///
/// The last hundred mails are kept. On Unix, only the user of the process can read them.
///
/// ```
/// # use auth::{AuthBuilder, AuthUser};
/// use auth::mail::MailDirectory;
///
/// # fn demo<U: AuthUser>(builder: AuthBuilder<U>) -> AuthBuilder<U> {
/// builder.base_url("http://localhost:3000").mailer(MailDirectory::insecure_for_localhost("mail"))
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct MailDirectory {
    path: PathBuf,
}

impl MailDirectory {
    /// Uses this directory, which is created with the first mail.
    pub fn insecure_for_localhost(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }
}

impl Mailer for MailDirectory {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let (path, mail) = (self.path.clone(), mail.clone());
        let written = tokio::task::spawn_blocking(move || write(&path, &mail)).await;
        written.map_err(MailError::retry)?.map_err(MailError::retry)
    }

    fn is_for_development(&self) -> bool {
        true
    }
}

fn write(directory: &Path, mail: &Mail) -> std::io::Result<()> {
    std::fs::create_dir_all(directory)?;
    let now = SystemClock.now();
    let id: String = mail.message_id.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).collect();
    // By time, so that a listing shows the newest last. A second copy of a mail has another name.
    let name = format!("{:015}-{}.eml", now.as_millis(), id.get(..22).unwrap_or(&id));
    let unfinished = directory.join(format!(".{name}"));
    let mut file = private_file(&unfinished)?;
    file.write_all(mime::message(mail, "auth <no-reply@localhost>", &date(now)).as_bytes())?;
    drop(file);
    std::fs::rename(&unfinished, directory.join(&name))?;
    tracing::info!(target: "auth::mail", file = %directory.join(name).display(), "a mail was written to the directory");
    forget_old(directory)
}

fn private_file(path: &Path) -> std::io::Result<std::fs::File> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn forget_old(directory: &Path) -> std::io::Result<()> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let name = entry?.file_name().into_string().unwrap_or_default();
        // Only our own: the directory may hold other files.
        let is_ours = name.get(..15).is_some_and(|time| time.bytes().all(|byte| byte.is_ascii_digit()));
        if is_ours && Path::new(&name).extension().is_some_and(|extension| extension == "eml") {
            names.push(name);
        }
    }
    names.sort();
    for name in names.iter().take(names.len().saturating_sub(MOST)) {
        std::fs::remove_file(directory.join(name))?;
    }
    Ok(())
}

/// Returns the time as RFC 5322 §3.3 writes it. (Weekdays are optional.)
fn date(now: Timestamp) -> String {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let text = humantime::format_rfc3339_seconds(now.into()).to_string();
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
    let month = part(5, 7).parse::<usize>().ok().and_then(|month| MONTHS.get(month.wrapping_sub(1))).unwrap_or(&"Jan");
    format!("{} {month} {} {} +0000", part(8, 10), part(0, 4), part(11, 19))
}

#[cfg(test)]
mod tests {
    use super::{MOST, MailDirectory, date, write};
    use crate::base::clock::Timestamp;
    use crate::mail::{Mail, Mailer as _};
    use crate::model::event::LetterKind;

    fn mail(number: usize) -> Mail {
        Mail {
            to: "ada@example.org".to_owned(),
            subject: "Neues Passwort für Zoë".to_owned(),
            text: "x".to_owned(),
            html: None,
            message_id: format!("<{number:022}@localhost>"),
            kind: LetterKind::ResetPassword,
        }
    }

    #[test]
    fn directory_keeps_the_last_hundred_mails_and_other_files() {
        let directory = std::env::temp_dir().join(format!("auth-mail-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&directory);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(MailDirectory::insecure_for_localhost(&directory).send(&mail(0))).unwrap();
        std::fs::write(directory.join("notes.eml"), "mine").unwrap();
        for number in 1..MOST + 5 {
            write(&directory, &mail(number)).unwrap();
        }
        let mut names: Vec<String> = std::fs::read_dir(&directory)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(names.len(), MOST + 1);
        assert_eq!(names.last().map(String::as_str), Some("notes.eml"));
        assert!(names[MOST - 1].contains(&format!("{:022}", MOST + 4)), "the newest is there");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(directory.join(&names[0])).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        std::fs::remove_dir_all(&directory).unwrap();
    }

    #[test]
    fn a_date_is_written_as_mail_programs_read_it() {
        assert_eq!(date(Timestamp::from_secs(1_800_000_000)), "15 Jan 2027 08:00:00 +0000");
    }
}
