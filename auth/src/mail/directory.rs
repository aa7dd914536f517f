//! The mailer for development: a directory of messages that any mail program opens, and that
//! [`Auth::development_mailbox`](crate::Auth::development_mailbox) shows.

use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use super::mime::Message;
use super::{Mail, MailError, Mailer, mime};
use crate::base::clock::{Clock as _, SystemClock, Timestamp};

/// How many mails are kept.
const MOST: usize = 100;
/// The digits of the time that a file name begins with.
const DIGITS: usize = 15;

/// Writes each mail into a directory, as an `.eml` file, instead of sending it. For development: whoever can read the
/// directory can use every link, so `build()` refuses it unless the base URL is one of localhost.
///
/// The last hundred mails are kept. On Unix, only the user of the process can read them. A mail program opens the files;
/// [`Auth::development_mailbox`](crate::Auth::development_mailbox) shows them as a page.
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

/// The name of a file of ours, without its extension: the time and a part of the `Message-ID`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct MailId(String);

/// A file of ours; without a message if somebody has written something else into it.
pub(crate) struct Kept {
    pub(crate) id: MailId,
    pub(crate) message: Option<Message>,
}

impl MailDirectory {
    /// Uses this directory, which is created with the first mail.
    pub fn insecure_for_localhost(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Returns the mails that are kept, the newest first.
    pub(crate) async fn kept(&self) -> std::io::Result<Vec<Kept>> {
        let path = self.path.clone();
        let reading = move || {
            let mut ids = ids(&path)?;
            ids.sort_by(|a, b| b.cmp(a));
            Ok(ids.into_iter().map(|id| Kept { message: read(&path.join(id.file())), id }).collect())
        };
        tokio::task::spawn_blocking(reading).await?
    }

    /// Returns the mail with this id.
    pub(crate) async fn mail(&self, id: &MailId) -> Option<Message> {
        let path = self.path.join(id.file());
        tokio::task::spawn_blocking(move || read(&path)).await.ok()?
    }

    /// Returns where the file of this mail is.
    pub(crate) fn file(&self, id: &MailId) -> PathBuf {
        self.path.join(id.file())
    }
}

impl MailId {
    fn new(now: Timestamp, message_id: &str) -> Self {
        let id: String = message_id.chars().filter(|c| is_of_id(*c)).take(22).collect();
        // By time, so that a listing shows the newest last. A second copy of a mail has another name.
        Self(format!("{:0DIGITS$}-{id}", now.as_millis()))
    }

    /// Reads the name of a file of ours, and nothing else: no path can be written with it.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (time, id) = text.split_at_checked(DIGITS)?;
        let is_ours = time.bytes().all(|byte| byte.is_ascii_digit())
            && id.strip_prefix('-').is_some_and(|id| id.len() <= 64 && id.chars().all(is_of_id));
        is_ours.then(|| Self(text.to_owned()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    fn file(&self) -> String {
        format!("{}.eml", self.0)
    }
}

const fn is_of_id(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
}

impl Mailer for MailDirectory {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let (path, mail) = (self.path.clone(), mail.clone());
        let written = tokio::task::spawn_blocking(move || write(&path, &mail)).await;
        written.map_err(MailError::retry)?.map_err(MailError::retry)
    }

    fn directory(&self) -> Option<&Self> {
        Some(self)
    }
}

fn write(directory: &Path, mail: &Mail) -> std::io::Result<()> {
    std::fs::create_dir_all(directory)?;
    let now = SystemClock.now();
    let name = MailId::new(now, &mail.message_id).file();
    let unfinished = directory.join(format!(".{name}"));
    let mut file = private_file(&unfinished)?;
    file.write_all(mime::message(mail, "auth <no-reply@localhost>", &date(now)).as_bytes())?;
    drop(file);
    std::fs::rename(&unfinished, directory.join(&name))?;
    tracing::info!(target: "auth::mail", file = %directory.join(name).display(), "a mail was written to the directory");
    forget_old(directory)
}

fn read(file: &Path) -> Option<Message> {
    Message::read(&std::fs::read_to_string(file).ok()?)
}

fn private_file(path: &Path) -> std::io::Result<std::fs::File> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn forget_old(directory: &Path) -> std::io::Result<()> {
    let mut ids = ids(directory)?;
    ids.sort();
    for id in ids.iter().take(ids.len().saturating_sub(MOST)) {
        std::fs::remove_file(directory.join(id.file()))?;
    }
    Ok(())
}

/// Returns the mails in a directory, which may hold other files. It is not there before the first mail is.
fn ids(directory: &Path) -> std::io::Result<Vec<MailId>> {
    let entries = match std::fs::read_dir(directory) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut ids = Vec::new();
    for entry in entries {
        let name = entry?.file_name();
        ids.extend(name.to_str().and_then(|name| name.strip_suffix(".eml")).and_then(MailId::parse));
    }
    Ok(ids)
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
    use super::{MOST, MailDirectory, MailId, date, write};
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
    fn no_path_is_the_id_of_a_mail() {
        let id = MailId::new(Timestamp::from_secs(1_800_000_000), "<ab-c/../_d@localhost>");
        assert_eq!(id.as_str(), "001800000000000-ab-c_dlocalhost");
        assert_eq!(MailId::parse(id.as_str()), Some(id));
        for other in
            ["", "notes", "001800000000000", "001800000000000-../x", "00180000000000a-b", "001800000000000-b.eml"]
        {
            assert_eq!(MailId::parse(other), None, "{other}");
        }
    }

    #[test]
    fn a_date_is_written_as_mail_programs_read_it() {
        assert_eq!(date(Timestamp::from_secs(1_800_000_000)), "15 Jan 2027 08:00:00 +0000");
    }
}
