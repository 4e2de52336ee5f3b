//! A digest of contents: it tells what was changed by accident or by hand, not by an attacker.

/// A digest in the making.
pub(crate) struct Digest(u64);

impl Digest {
    pub(crate) fn new() -> Self {
        Self(0x9e37_79b9_7f4a_7c15)
    }

    fn mix(&mut self, word: u64) {
        self.0 = (self.0 ^ word).wrapping_mul(0xff51_afd7_ed55_8ccd);
        self.0 ^= self.0 >> 32;
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.mix(bytes.len() as u64);
        bytes.iter().for_each(|b| self.mix(u64::from(*b)));
    }

    pub(crate) fn words(&mut self, words: impl Iterator<Item = u32>) {
        words.for_each(|w| self.mix(u64::from(w)));
    }

    /// Sixteen hexadecimal digits.
    pub(crate) fn text(&self) -> String {
        format!("{:016x}", self.0)
    }
}

/// The digest of some bytes.
pub(crate) fn digest(bytes: &[u8]) -> String {
    let mut digest = Digest::new();
    digest.bytes(bytes);
    digest.text()
}
