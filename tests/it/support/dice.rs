//! Numbers and mutations that are the same every time.

/// A small generator of the same numbers every time.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }

    pub(crate) fn of<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    /// A place in a text, on a boundary between characters.
    pub(crate) fn place(&mut self, text: &str) -> usize {
        text.floor_char_boundary(self.below(text.len() + 1))
    }

    /// A stretch of a text, mostly a short one.
    pub(crate) fn stretch(&mut self, text: &str) -> (usize, usize) {
        let from = self.place(text);
        let longest = if self.below(4) == 0 { text.len() } else { 20 };
        (from, text.ceil_char_boundary((from + self.below(longest + 1)).min(text.len())))
    }

    /// Bytes with a few of them changed, left out, repeated or cut off.
    pub(crate) fn damaged(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        for _ in 0..=self.below(3) {
            if bytes.is_empty() {
                break;
            }
            let from = self.below(bytes.len());
            let to = (from + self.below(12)).min(bytes.len());
            match self.below(6) {
                0 | 1 => bytes[from] ^= 1 << self.below(8),
                2 => drop(bytes.drain(from..to)),
                3 => {
                    let copy = bytes[from..to].to_vec();
                    bytes.splice(from..from, copy);
                }
                4 => bytes[from] = *self.of(b"09-.:{}[]'\"\n\t\0#&*x"),
                _ => bytes.truncate(from),
            }
        }
        bytes
    }

    /// A text with a number in it replaced by one of another size, or, without numbers, damaged.
    pub(crate) fn renumbered(&mut self, text: &str) -> String {
        const NUMBERS: [&str; 12] = [
            "0",
            "-1",
            "-3",
            "0.5",
            "1e30",
            "1e308",
            "1e999",
            "NaN",
            "999999999999",
            "18446744073709551616",
            "2.5",
            "3",
        ];
        let digits: Vec<(usize, char)> =
            text.char_indices().filter(|(_, c)| c.is_ascii_digit()).collect();
        let Some((from, _)) = digits.get(self.below(digits.len())).copied() else {
            return String::from_utf8_lossy(&self.damaged(text.as_bytes())).into_owned();
        };
        let number = |c: char| !(c.is_ascii_digit() || c == '.');
        let to = text[from..].find(number).map_or(text.len(), |n| from + n);
        let from = text[..from].rfind(number).map_or(0, |n| n + 1);
        let from = text.ceil_char_boundary(from);
        format!("{}{}{}", &text[..from], self.of(&NUMBERS), &text[to..])
    }
}
