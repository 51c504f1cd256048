//! What a scalar's text allows: which of the styles could hold it.

use super::Dialect;
use crate::chars::{at, break_len, is_blank, is_blankz, is_printable, width};

/// Which styles can hold a text without changing it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Allowed {
    pub(super) multiline: bool,
    pub(super) flow_plain: bool,
    pub(super) block_plain: bool,
    pub(super) single: bool,
    pub(super) block: bool,
}

/// libyaml's `yaml_emitter_analyze_scalar`, with unicode allowed.
pub(super) fn analyze(dialect: Dialect, text: &str) -> Allowed {
    let buf = text.as_bytes();
    if buf.is_empty() {
        return Allowed { multiline: false, flow_plain: false, block_plain: true, single: true, block: false };
    }
    if let Some(allowed) = simple(buf) {
        return allowed;
    }
    let mut seen = Seen::default();
    if text.starts_with("---") || text.starts_with("...") {
        seen.block_indicators = true;
        seen.flow_indicators = true;
    }
    if text.is_ascii() {
        seen.ascii(dialect, buf);
        return seen.allowed();
    }
    let mut preceded_by_whitespace = true;
    let (mut previous_space, mut previous_break) = (false, false);
    let mut i = 0;
    while i < buf.len() {
        let len = width(buf[i]);
        let last = i + len >= buf.len();
        let followed_by_whitespace = last || is_blank(at(buf, i + len));
        seen.indicators(buf[i], i == 0, preceded_by_whitespace, followed_by_whitespace);
        if buf[i] == b'\t' && dialect == Dialect::V3 {
            seen.tab = true;
        } else if !is_printable(buf, i) {
            seen.special = true;
        }
        let is_break = break_len(buf, i) > 0;
        if buf[i] == b' ' {
            seen.leading_space |= i == 0;
            seen.trailing_space |= last;
            seen.break_space |= previous_break;
        } else if is_break {
            seen.line_breaks = true;
            seen.leading_break |= i == 0;
            seen.trailing_break |= last;
            seen.space_break |= previous_space;
        }
        (previous_space, previous_break) = (buf[i] == b' ', is_break);
        preceded_by_whitespace = is_blankz(buf, i);
        i += len;
    }
    seen.allowed()
}

/// Letters, digits and the like: the text of most keys and many values.
fn simple(buf: &[u8]) -> Option<Allowed> {
    let plain =
        |it: &u8| it.is_ascii_alphanumeric() || matches!(it, b'.' | b'/' | b'_' | b'-' | b'+' | b'=' | b'(' | b')');
    let good = buf.iter().all(plain) && !matches!(buf[0], b'-' | b'.');
    good.then_some(Allowed { multiline: false, flow_plain: true, block_plain: true, single: true, block: true })
}

#[derive(Default)]
struct Seen {
    block_indicators: bool,
    flow_indicators: bool,
    line_breaks: bool,
    special: bool,
    tab: bool,
    leading_space: bool,
    leading_break: bool,
    trailing_space: bool,
    trailing_break: bool,
    break_space: bool,
    space_break: bool,
}

/// Whether a byte of ASCII has a say in what its text allows, wherever it stands.
const SPEAKS: [bool; 128] = {
    let mut table = [false; 128];
    let mut byte = 0;
    while byte < 128 {
        table[byte] =
            byte < 0x20 || byte == 0x7F || matches!(byte as u8, b':' | b'?' | b',' | b'[' | b']' | b'{' | b'}' | b'#');
        byte += 1;
    }
    table
};

impl Seen {
    /// As the loop over characters, for ASCII: only bytes that have a say are looked at.
    fn ascii(&mut self, dialect: Dialect, buf: &[u8]) {
        let last = buf.len() - 1;
        self.leading_space = buf[0] == b' ';
        self.trailing_space = buf[last] == b' ';
        self.indicators(buf[0], true, true, last == 0 || is_blank(buf[1]));
        for (i, &byte) in buf.iter().enumerate() {
            if !SPEAKS[(byte & 127) as usize] {
                continue;
            }
            match byte {
                b'\n' | b'\r' => {
                    self.line_breaks = true;
                    self.leading_break |= i == 0;
                    self.trailing_break |= i == last;
                    self.space_break |= i > 0 && buf[i - 1] == b' ';
                    self.break_space |= at(buf, i + 1) == b' ';
                    self.special |= byte == b'\r';
                }
                b'\t' if dialect == Dialect::V3 => self.tab = true,
                0..=0x1F | 0x7F => self.special = true,
                _ if i > 0 => {
                    let followed = i == last || is_blank(buf[i + 1]);
                    self.indicators(byte, false, is_blankz(buf, i - 1), followed);
                }
                _ => {}
            }
        }
    }

    fn indicators(&mut self, byte: u8, first: bool, preceded: bool, followed: bool) {
        match byte {
            b'#' | b',' | b'[' | b']' | b'{' | b'}' | b'&' | b'*' | b'!' | b'|' | b'>' | b'\'' | b'"' | b'%' | b'@'
            | b'`'
                if first =>
            {
                self.flow_indicators = true;
                self.block_indicators = true;
            }
            b'-' if first && followed => {
                self.flow_indicators = true;
                self.block_indicators = true;
            }
            b':' => {
                self.flow_indicators = true;
                self.block_indicators |= followed;
            }
            b'?' => {
                self.flow_indicators = true;
                self.block_indicators |= first && followed;
            }
            b',' | b'[' | b']' | b'{' | b'}' => self.flow_indicators = true,
            b'#' if preceded => {
                self.flow_indicators = true;
                self.block_indicators = true;
            }
            _ => {}
        }
    }

    fn allowed(&self) -> Allowed {
        let edges = self.leading_space || self.leading_break || self.trailing_space || self.trailing_break;
        let odd = self.space_break || self.tab || self.special;
        let plain = !edges && !self.break_space && !odd && !self.line_breaks;
        Allowed {
            multiline: self.line_breaks,
            flow_plain: plain && !self.flow_indicators,
            block_plain: plain && !self.block_indicators,
            single: !self.break_space && !odd,
            block: !self.trailing_space && !self.space_break && !self.special,
        }
    }
}
