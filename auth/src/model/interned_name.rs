//! Names that all tokens of a service share.

use std::cell::RefCell;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};

/// The name of an issuer or an audience. Dereferences to `str` and is cheap to clone: all tokens of a service carry the
/// same one or two names, so each thread remembers the last ones it read instead of allocating them for every request.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Name(Arc<str>);

/// How many names a thread remembers: the issuer and audience of two user types.
const REMEMBERED: usize = 4;

thread_local! {
    static LAST: RefCell<Vec<Name>> = const { RefCell::new(Vec::new()) };
}

impl Name {
    /// Returns the remembered name equal to `text`, or a new one.
    pub(crate) fn remembered(text: &str) -> Self {
        LAST.with_borrow_mut(|last| {
            if let Some(known) = last.iter().find(|known| *known.0 == *text) {
                return known.clone();
            }
            // Only tokens signed by this service are parsed here, so outsiders cannot evict names.
            last.truncate(REMEMBERED - 1);
            let name = Self::from(text);
            last.insert(0, name.clone());
            name
        })
    }
}

impl From<&str> for Name {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<String> for Name {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl Deref for Name {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for Name {
    fn eq(&self, other: &str) -> bool {
        *self.0 == *other
    }
}

impl PartialEq<&str> for Name {
    fn eq(&self, other: &&str) -> bool {
        *self.0 == **other
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl Serialize for Name {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Name;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Name, E> {
                Ok(Name::remembered(text))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{LAST, Name, REMEMBERED};

    #[test]
    fn thread_remembers_only_the_names_read_last() {
        let read = |text: &str| serde_json::from_str::<Name>(&format!("\"{text}\"")).unwrap();
        let first = read("User");
        assert!(Arc::ptr_eq(&first.0, &read("User").0));
        for n in 0..10 {
            assert_eq!(read(&n.to_string()), n.to_string().as_str());
        }
        assert_eq!(LAST.with_borrow(Vec::len), REMEMBERED);
        assert_eq!(read("User"), first, "forgotten, and read again");
    }
}
