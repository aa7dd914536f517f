//! Which version of HTTP a connection speaks, and which of its bytes are about requests.
//!
//! With HTTP/1, all are. With HTTP/2, a client can send pings, settings and windows for as long as it likes, and each is
//! answered: neither those nor their answers are a use of the connection.

/// What a connection of HTTP/2 begins with, and no request of HTTP/1 (RFC 9113 §3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

const HEAD: usize = 9;
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const CONTINUATION: u8 = 9;

pub(super) enum Protocol {
    /// All that came is the beginning of the preface: so many bytes.
    Unknown(usize),
    Http1,
    Http2(Frames),
}

impl Protocol {
    /// Takes what was read. Returns whether it belongs to the header of a request, as far as can be said.
    pub(super) fn read(&mut self, bytes: &[u8]) -> bool {
        if let Self::Unknown(seen) = *self {
            let rest = PREFACE.get(seen..).unwrap_or_default();
            let same = rest.iter().zip(bytes).take_while(|(expected, found)| expected == found).count();
            *self = if same == rest.len() {
                Self::Http2(Frames::default())
            } else if same == bytes.len() {
                Self::Unknown(seen + same)
            } else {
                Self::Http1
            };
        }
        !matches!(self, Self::Http2(_))
    }

    /// Takes what was written. Returns whether part of an answer is in it.
    pub(super) fn wrote(&mut self, bytes: &[u8]) -> bool {
        match self {
            Self::Unknown(_) | Self::Http1 => true,
            Self::Http2(frames) => frames.follow(bytes),
        }
    }
}

/// Follows frames from one to the next (RFC 9113 §4.1).
#[derive(Default)]
pub(super) struct Frames {
    /// The head of the next frame, as far as it was written.
    head: [u8; HEAD],
    known: usize,
    /// How much of the current frame is to come.
    left: usize,
    is_answer: bool,
}

impl Frames {
    fn follow(&mut self, mut bytes: &[u8]) -> bool {
        let mut answers = false;
        while !bytes.is_empty() {
            if self.left == 0 {
                let missing = self.head.get_mut(self.known..).unwrap_or_default();
                let (head, rest) = bytes.split_at(missing.len().min(bytes.len()));
                missing.iter_mut().zip(head).for_each(|(to, from)| *to = *from);
                self.known += head.len();
                bytes = rest;
                if self.known < HEAD {
                    break;
                }
                let [a, b, c, kind, ..] = self.head;
                self.known = 0;
                self.left = (usize::from(a) << 16) | (usize::from(b) << 8) | usize::from(c);
                self.is_answer = matches!(kind, DATA | HEADERS | CONTINUATION);
            } else {
                let (_, rest) = bytes.split_at(self.left.min(bytes.len()));
                self.left -= bytes.len() - rest.len();
                bytes = rest;
            }
            answers |= self.is_answer;
        }
        answers
    }
}

#[cfg(test)]
mod tests {
    use super::{DATA, Frames, PREFACE, Protocol};

    fn frame(kind: u8, length: u8) -> Vec<u8> {
        [vec![0, 0, length, kind, 0, 0, 0, 0, 1], vec![0; usize::from(length)]].concat()
    }

    #[test]
    fn l2_only_answers_of_http2_are_a_use() {
        let written = [frame(4, 0), frame(6, 8), frame(DATA, 20), frame(7, 8), frame(DATA, 0), frame(4, 0)].concat();
        let data = 9 + 9 + 8..9 + 9 + 8 + 9 + 20;
        let empty = data.end + 17..data.end + 17 + 9;
        for size in 1..=written.len() {
            let mut frames = Frames::default();
            for (number, piece) in written.chunks(size).enumerate() {
                let piece = number * size..number * size + piece.len();
                // A frame is known when its head is whole.
                let in_data = piece.end >= data.start + 9 && piece.start < data.end;
                let in_empty = piece.end >= empty.end && piece.start < empty.end;
                assert_eq!(frames.follow(&written[piece.clone()]), in_data || in_empty, "{size}: {piece:?}");
            }
        }
    }

    #[test]
    fn the_preface_tells_the_version_however_it_comes() {
        for size in 1..=PREFACE.len() {
            let mut protocol = Protocol::Unknown(0);
            let last = PREFACE.chunks(size).map(|piece| protocol.read(piece)).last();
            assert!(last == Some(false) && matches!(protocol, Protocol::Http2(_)), "{size}");
        }
        for other in [&b"GET / HTTP/1.1"[..], b"PRI * HTTP/1.1", b"PRIVATE", b"PRI * HTTP/2.0\r\n\r\nXX"] {
            let mut protocol = Protocol::Unknown(0);
            assert!(other.iter().all(|byte| protocol.read(&[*byte])) && matches!(protocol, Protocol::Http1));
        }
    }
}
