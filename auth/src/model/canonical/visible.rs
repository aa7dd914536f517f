//! Characters that cannot be seen: with them, two logins look like one.

use std::borrow::Cow;

use icu_properties::props::{
    CanonicalCombiningClass, DefaultIgnorableCodePoint, GeneralCategory, JoiningType, PrependedConcatenationMark,
};
use icu_properties::{CodePointMapData, CodePointSetData};
use unicode_normalization::UnicodeNormalization;

/// ZERO WIDTH NON-JOINER and ZERO WIDTH JOINER.
const JOINERS: [char; 2] = ['\u{200c}', '\u{200d}'];

/// Blank, but neither white space nor ignorable: the empty Braille pattern, a filler, a musical notehead.
const BLANK: [char; 3] = ['\u{2800}', '\u{16fe4}', '\u{1d159}'];

pub(super) fn is_joiner(c: char) -> bool {
    JOINERS.contains(&c)
}

/// Whether programs may leave `c` out when they show a text (`Default_Ignorable_Code_Point`).
pub(super) fn is_ignorable(c: char) -> bool {
    !c.is_ascii() && CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
}

/// Whether `text` contains a character that is not seen. Joiners where a script needs them are not among them: there
/// they are seen, in Persian and Indic names.
pub(crate) fn has_unseen(text: &str) -> bool {
    !text.is_ascii()
        && (text.chars().any(|c| !is_joiner(c) && is_unseen(c)) || matches!(without_stray_joiners(text), Cow::Owned(_)))
}

fn is_unseen(c: char) -> bool {
    let category = || CodePointMapData::<GeneralCategory>::new().get(c);
    is_ignorable(c)
        || BLANK.contains(&c)
        || match category() {
            GeneralCategory::LineSeparator | GeneralCategory::ParagraphSeparator => true,
            // All format characters but those that are drawn, around a number.
            GeneralCategory::Format => !CodePointSetData::new::<PrependedConcatenationMark>().contains(c),
            _ => false,
        }
}

/// Removes joiners where they change nothing that is seen (RFC 5892, appendices A.1 and A.2).
pub(super) fn without_stray_joiners(text: &str) -> Cow<'_, str> {
    if !text.contains(JOINERS) {
        return Cow::Borrowed(text);
    }
    let chars: Vec<char> = text.chars().collect();
    let keeps = |place: usize, c: char| !is_joiner(c) || belongs(&chars, place, c);
    let kept: Vec<char> = chars.iter().enumerate().filter_map(|(place, c)| keeps(place, *c).then_some(*c)).collect();
    if kept.len() == chars.len() { Cow::Borrowed(text) } else { Cow::Owned(kept.into_iter().nfkc().collect()) }
}

/// Joiners join with nothing themselves. So the scans of two of them do not overlap, and all of them together are
/// linear.
fn belongs(chars: &[char], place: usize, joiner: char) -> bool {
    let (before, after) = chars.split_at_checked(place).unwrap_or_default();
    let classes = CodePointMapData::<CanonicalCombiningClass>::new();
    if before.last().is_some_and(|c| classes.get(*c) == CanonicalCombiningClass::Virama) {
        return true;
    }
    let types = CodePointMapData::<JoiningType>::new();
    let first = |mut chars: Box<dyn Iterator<Item = &char> + '_>| {
        chars.find_map(|c| Some(types.get(*c)).filter(|ty| *ty != JoiningType::Transparent))
    };
    let joins_after =
        matches!(first(Box::new(before.iter().rev())), Some(JoiningType::LeftJoining | JoiningType::DualJoining));
    let joins_before =
        matches!(first(Box::new(after.iter().skip(1))), Some(JoiningType::RightJoining | JoiningType::DualJoining));
    joiner == '\u{200c}' && joins_after && joins_before
}
