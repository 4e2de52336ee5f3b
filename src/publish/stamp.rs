//! A mark inside a picture that says aiq wrote it and that nobody changed it since.

use crate::base::digest::digest;

/// Forms of pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// SVG and HTML: a comment behind the end.
    Markup,
    /// PNG: a text chunk before the last chunk.
    Png,
}

/// Digits of a digest.
const DIGITS: usize = 16;
const OPEN: &str = "<!-- aiq ";
const CLOSE: &str = " -->\n";
/// Keyword of the text chunk (PNG specification, 11.3.4.3), and the byte that ends it.
const KEYWORD: &[u8] = b"aiq\0";
/// Length, type, contents and checksum of the chunk.
const CHUNK: usize = 4 + 4 + KEYWORD.len() + DIGITS + 4;
/// The chunk that ends a PNG.
const IEND: usize = 12;

impl Kind {
    /// The picture with a mark.
    pub(super) fn stamped(self, mut picture: Vec<u8>) -> Vec<u8> {
        let digest = digest(&picture);
        match self {
            Self::Markup => picture.extend(format!("{OPEN}{digest}{CLOSE}").bytes()),
            Self::Png => {
                let body = [b"tEXt", KEYWORD, digest.as_bytes()].concat();
                let mut sum = flate2::Crc::new();
                sum.update(&body);
                let length = (KEYWORD.len() + DIGITS) as u32;
                let chunk =
                    [&length.to_be_bytes()[..], &body, &sum.sum().to_be_bytes()[..]].concat();
                let end = picture.len().saturating_sub(IEND);
                picture.splice(end..end, chunk);
            }
        }
        picture
    }

    /// Whether a picture bears its mark.
    pub(super) fn is_own(self, picture: &[u8]) -> bool {
        let (length, tail, before) = match self {
            Self::Markup => (OPEN.len() + DIGITS + CLOSE.len(), 0, OPEN.len()),
            Self::Png => (CHUNK, IEND, 8 + KEYWORD.len()),
        };
        let Some(start) = picture.len().checked_sub(length + tail) else { return false };
        let mark = &picture[start + before..start + before + DIGITS];
        let rest = [&picture[..start], &picture[start + length..]].concat();
        digest(&rest).as_bytes() == mark
    }
}
