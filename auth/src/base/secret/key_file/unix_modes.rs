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

/// Writes the name of a new file to the disk, where directories can be written.
pub(super) fn keep_name_of(path: &Path) {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    drop(fs::File::open(directory).and_then(|directory| directory.sync_all()));
}

/// Refuses a file if, on the way to it, everybody can put something else in the place of a directory, a link or the
/// file, or if somebody did. Warns if one other user or a group can: they often own what they deploy.
pub(super) fn refuse_way_to(path: &Path) -> Result<(), String> {
    let me = rustix::process::geteuid().as_raw();
    let group = rustix::process::getegid().as_raw();
    let mut warned = false;
    for entry in components_of(path) {
        let Some(parent) = entry.parent() else { continue };
        // What cannot be looked at is reported when the file cannot be opened.
        let Ok(directory) = fs::metadata(parent) else { continue };
        let owner = fs::symlink_metadata(&entry).ok().map(|metadata| metadata.uid());
        match directory_risk(directory.mode(), [directory.uid(), directory.gid()], owner, [me, group]) {
            DirectoryRisk::Open => {
                let directory = parent.display();
                return Err(format!("every user can replace files in {directory}: `chmod o-w {directory}`"));
            }
            DirectoryRisk::Planted(owner) => {
                let (entry, directory) = (entry.display(), parent.display());
                return Err(format!(
                    "{entry} belongs to the user {owner}, who could put it there because everybody can write in {directory}: \
                     remove it, or keep the key in a directory of your own"
                ));
            }
            DirectoryRisk::Warn(why) if !warned => {
                warned = true;
                tracing::warn!(target: "auth::secret", path = %path.display(), directory = %parent.display(), why,
                    "other users of this machine can replace the key file, and could then forge tokens: keep it in a \
                     directory that only this user can write to");
            }
            DirectoryRisk::Warn(_) | DirectoryRisk::Fine => {}
        }
    }
    Ok(())
}

/// Returns the file and every directory and link above it: as it was named, and where that really leads.
fn components_of(path: &Path) -> Vec<PathBuf> {
    let named = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let whole = fs::canonicalize(&named).or_else(|error| {
        // A file that is yet to be made.
        let (parent, name) = named.parent().zip(named.file_name()).ok_or(error)?;
        fs::canonicalize(parent).map(|parent| parent.join(name))
    });
    let mut way: Vec<PathBuf> = Vec::new();
    for path in [Some(named), whole.ok()].into_iter().flatten() {
        for entry in path.ancestors() {
            if !way.iter().any(|known| known == entry) {
                way.push(entry.to_owned());
            }
        }
    }
    way
}

#[derive(Debug, PartialEq, Eq)]
enum DirectoryRisk {
    /// Everybody can replace what is in the directory.
    Open,
    /// Everybody can add to the directory, and this user did.
    Planted(u32),
    Warn(&'static str),
    Fine,
}

/// Returns the risk of a directory and one entry of it (whose owner is not known if it is not there yet).
const fn directory_risk(
    mode: u32,
    [user, group]: [u32; 2],
    entry: Option<u32>,
    [me, my_group]: [u32; 2],
) -> DirectoryRisk {
    if everybody_replaces(mode) {
        return DirectoryRisk::Open;
    }
    if mode & EVERYBODY_WRITES != 0 {
        return match entry {
            // As Linux follows links in such directories (`fs.protected_symlinks`).
            Some(owner) if owner != me && owner != ROOT && owner != user => DirectoryRisk::Planted(owner),
            _ => DirectoryRisk::Fine,
        };
    }
    if user != me && user != ROOT {
        DirectoryRisk::Warn("the directory belongs to another user")
    } else if mode & GROUP_WRITES != 0 && mode & STICKY == 0 && group != my_group && group != ROOT {
        DirectoryRisk::Warn("a group can write to the directory")
    } else {
        DirectoryRisk::Fine
    }
}

const fn everybody_replaces(mode: u32) -> bool {
    mode & EVERYBODY_WRITES != 0 && mode & STICKY == 0
}

/// Refuses a file that others can write, and warns about one that they can read, or that its group can write.
pub(super) fn refuse_file(path: &Path, metadata: &fs::Metadata) -> Result<(), String> {
    let me = rustix::process::geteuid().as_raw();
    let shown = path.display();
    match file_risk(metadata.mode(), metadata.uid(), me) {
        FileRisk::Everybody => {
            Err(format!("every user can write to it: make sure that it is still yours, then `chmod 600 {shown}`"))
        }
        FileRisk::Owner(owner) => Err(format!(
            "it belongs to the user {owner}, who can write to it: make sure that it is still yours, then `chown {me} \
             {shown}`"
        )),
        FileRisk::Warn(why) => {
            tracing::warn!(target: "auth::secret", path = %shown, why,
                "other users of this machine have access to the key file, and could forge tokens: `chmod 600` it");
            Ok(())
        }
        FileRisk::Fine => Ok(()),
    }
}

#[derive(Debug, PartialEq, Eq)]
enum FileRisk {
    Everybody,
    Owner(u32),
    Warn(&'static str),
    Fine,
}

/// Returns the risk of a file by its mode and owner. (Root often runs in a container, with a file of a user of the
/// host: a warning. So does a volume whose group Kubernetes lets write.)
const fn file_risk(mode: u32, owner: u32, me: u32) -> FileRisk {
    if mode & EVERYBODY_WRITES != 0 {
        FileRisk::Everybody
    } else if owner != me && owner != ROOT && me != ROOT {
        FileRisk::Owner(owner)
    } else if owner != me && owner != ROOT {
        FileRisk::Warn("it belongs to another user, who can write to it")
    } else if mode & GROUP_WRITES != 0 {
        FileRisk::Warn("its group can write to it")
    } else if mode & EVERYBODY_READS != 0 {
        FileRisk::Warn("every user can read it")
    } else {
        FileRisk::Fine
    }
}

#[cfg(test)]
mod tests {
    use super::{DirectoryRisk, FileRisk, directory_risk, file_risk};

    #[test]
    fn l11_file_that_others_can_write_is_unusable() {
        for mode in [0o602, 0o666, 0o622, 0o646, 0o777, 0o002] {
            assert_eq!(file_risk(mode, 1000, 1000), FileRisk::Everybody, "{mode:o}");
        }
        assert_eq!(file_risk(0o600, 1001, 1000), FileRisk::Owner(1001), "whoever owns a file can write it");
        assert_eq!(file_risk(0o400, 1001, 1000), FileRisk::Owner(1001));
        for (mode, owner, me) in [(0o600, 1000, 1000), (0o400, 0, 1000), (0o640, 0, 1000), (0o600, 0, 0)] {
            assert_eq!(file_risk(mode, owner, me), FileRisk::Fine, "{mode:o} {owner} {me}");
        }
        for (mode, owner, me) in [(0o644, 1000, 1000), (0o444, 0, 1000), (0o660, 0, 1000), (0o600, 1000, 0)] {
            assert!(matches!(file_risk(mode, owner, me), FileRisk::Warn(_)), "{mode:o} {owner} {me}");
        }
    }

    #[test]
    fn l11_path_is_judged_by_who_can_write_its_directories() {
        let risk = |mode, owner: [u32; 2], entry| directory_risk(mode, owner, entry, [1000, 1000]);
        for entry in [None, Some(0), Some(1000), Some(1001)] {
            assert_eq!(risk(0o777, [0, 0], entry), DirectoryRisk::Open);
            assert_eq!(risk(0o755, [0, 0], entry), DirectoryRisk::Fine, "its owner put everything there");
            assert_eq!(risk(0o755, [1000, 1000], entry), DirectoryRisk::Fine);
            assert!(matches!(risk(0o755, [1001, 1001], entry), DirectoryRisk::Warn(_)));
        }
        // Everybody adds to /tmp, and replaces only what is theirs.
        assert_eq!(risk(0o1777, [0, 0], Some(1001)), DirectoryRisk::Planted(1001));
        assert_eq!(
            directory_risk(0o1777, [0, 0], Some(1001), [0, 0]),
            DirectoryRisk::Planted(1001),
            "root is no exception"
        );
        for mine in [None, Some(0), Some(1000)] {
            assert_eq!(risk(0o1777, [0, 0], mine), DirectoryRisk::Fine);
        }
        assert_eq!(risk(0o1777, [1001, 0], Some(1001)), DirectoryRisk::Fine, "the directory is theirs");
        // The groups of one person, of root (in containers), and any other.
        assert_eq!(
            (risk(0o775, [1000, 1000], None), risk(0o775, [0, 0], None)),
            (DirectoryRisk::Fine, DirectoryRisk::Fine)
        );
        assert!(matches!(risk(0o775, [1000, 50], None), DirectoryRisk::Warn(_)));
        assert_eq!(risk(0o1775, [1000, 50], None), DirectoryRisk::Fine);
    }
}
