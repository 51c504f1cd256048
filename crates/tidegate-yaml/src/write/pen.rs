//! The pen: what libyaml's emitter knows about the line it is on, and how it writes scalars there.
//!
//! Implements: the writing half of emitterc.go, the same in go.yaml.in/yaml v2 and v3.

use super::{Dialect, analyze::Allowed};
use crate::{
    chars::{at, break_len, is_blank, is_blankz, is_break, is_printable, width},
    scan::ScalarStyle,
};

/// Columns after which v2 wraps.
const WIDTH: usize = 80;

/// Text being written.
#[derive(Debug)]
pub(super) struct Pen {
    pub(super) out: String,
    pub(super) dialect: Dialect,
    pub(super) column: usize,
    pub(super) indent: i32,
    pub(super) whitespace: bool,
    pub(super) indention: bool,
    pub(super) foot_indent: i32,
}

impl Pen {
    pub(super) fn new(dialect: Dialect, out: String) -> Self {
        Self { out, dialect, column: 0, indent: -1, whitespace: true, indention: true, foot_indent: -1 }
    }

    fn wide(&self) -> bool {
        self.dialect == Dialect::V2 && self.column > WIDTH
    }

    pub(super) fn put(&mut self, c: char) {
        self.out.push(c);
        self.column += 1;
    }

    pub(super) fn put_break(&mut self) {
        self.out.push('\n');
        self.column = 0;
        self.indention = true;
    }

    /// Copies the character at `i`, which is no line break.
    fn write_char(&mut self, text: &str, i: &mut usize) {
        let end = *i + width(text.as_bytes()[*i]);
        self.out.push_str(&text[*i..end]);
        self.column += 1;
        *i = end;
    }

    /// Copies the line break at `i`.
    fn write_break(&mut self, text: &str, i: &mut usize) {
        if text.as_bytes()[*i] == b'\n' {
            self.put_break();
            *i += 1;
        } else {
            self.write_char(text, i);
            self.column = 0;
            self.indention = true;
        }
    }

    fn write_str(&mut self, text: &str) {
        self.out.push_str(text);
        self.column += if text.is_ascii() { text.len() } else { text.chars().count() };
    }

    pub(super) fn write_indent(&mut self) {
        let indent = self.indent.max(0) as usize;
        if !self.indention || self.column > indent || self.column == indent && !self.whitespace {
            self.put_break();
        }
        if self.foot_indent == indent as i32 {
            self.put_break();
        }
        if self.column < indent {
            self.blanks(indent - self.column);
        }
        self.whitespace = true;
        self.foot_indent = -1;
    }

    fn blanks(&mut self, count: usize) {
        const BLANKS: &str = "                                                                ";
        let mut left = count;
        while left > 0 {
            let now = left.min(BLANKS.len());
            self.out.push_str(&BLANKS[..now]);
            left -= now;
        }
        self.column += count;
    }

    pub(super) fn write_indicator(&mut self, text: &str, need_whitespace: bool, is_whitespace: bool, indention: bool) {
        if need_whitespace && !self.whitespace {
            self.put(' ');
        }
        self.write_str(text);
        self.whitespace = is_whitespace;
        self.indention = self.indention && indention;
    }

    /// Copies `text` as it is, behind a blank where one is due.
    pub(super) fn write_word(&mut self, text: &str) {
        if !self.whitespace {
            self.put(' ');
        }
        self.write_str(text);
        self.whitespace = false;
        self.indention = false;
    }

    pub(super) fn write_scalar(&mut self, style: ScalarStyle, text: &str, breaks: bool) {
        match style {
            ScalarStyle::Plain => self.write_plain(text, breaks),
            ScalarStyle::Single => self.write_single(text, breaks),
            ScalarStyle::Double => self.write_double(text, breaks),
            ScalarStyle::Literal => self.write_literal(text),
            ScalarStyle::Folded => self.write_folded(text),
        }
    }

    fn write_plain(&mut self, text: &str, allow_breaks: bool) {
        if !text.is_empty() && !self.whitespace {
            self.put(' ');
        }
        let one_line = text.is_ascii() && memchr::memchr2(b'\n', b'\r', text.as_bytes()).is_none();
        if one_line && (self.dialect == Dialect::V3 || self.column + text.len() <= WIDTH) {
            self.write_str(text);
        } else if one_line && allow_breaks && !text.starts_with(' ') {
            self.write_line(text, false);
        } else {
            self.write_wrapped(text, allow_breaks, |_, _| {});
        }
        if !text.is_empty() {
            self.whitespace = false;
        }
        self.indention = false;
    }

    /// Copies `text`, wrapping at blanks and doubling line breaks; `before` may write something before a character.
    fn write_wrapped(&mut self, text: &str, allow_breaks: bool, before: fn(&mut Self, u8)) {
        let buf = text.as_bytes();
        let quoted = self.out.ends_with('\'');
        let (mut spaces, mut breaks) = (false, false);
        let mut i = 0;
        while i < buf.len() {
            if buf[i] == b' ' {
                let inner = !quoted || i > 0 && i < buf.len() - 1;
                if allow_breaks && !spaces && self.wide() && inner && at(buf, i + 1) != b' ' {
                    self.write_indent();
                    i += 1;
                } else {
                    self.write_char(text, &mut i);
                }
                spaces = true;
            } else if is_break(buf, i) {
                if !breaks && buf[i] == b'\n' {
                    self.put_break();
                }
                self.write_break(text, &mut i);
                breaks = true;
            } else {
                if breaks {
                    self.write_indent();
                }
                before(self, buf[i]);
                self.write_char(text, &mut i);
                self.indention = false;
                spaces = false;
                breaks = false;
            }
        }
    }

    /// As [`write_wrapped`](Self::write_wrapped), for one line of ASCII: what cannot be wrapped is copied at once.
    fn write_line(&mut self, text: &str, quoted: bool) {
        let buf = text.as_bytes();
        let mut i = 0;
        while i < buf.len() {
            if self.column <= WIDTH {
                let end = (i + WIDTH + 1 - self.column).min(buf.len());
                self.out.push_str(&text[i..end]);
                self.column += end - i;
                i = end;
                continue;
            }
            let blank = memchr::memchr(b' ', &buf[i..]).map_or(buf.len(), |it| it + i);
            self.out.push_str(&text[i..blank]);
            self.column += blank - i;
            self.indention = false;
            if blank == buf.len() {
                break;
            }
            let inner = !quoted || blank > 0 && blank < buf.len() - 1;
            let behind_blank = blank > 0 && buf[blank - 1] == b' ';
            if inner && !behind_blank && at(buf, blank + 1) != b' ' {
                self.write_indent();
            } else {
                self.put(' ');
            }
            i = blank + 1;
        }
        self.indention = false;
    }

    fn write_single(&mut self, text: &str, allow_breaks: bool) {
        self.write_indicator("'", true, false, false);
        let one_line = text.is_ascii() && memchr::memchr3(b'\n', b'\r', b'\'', text.as_bytes()).is_none();
        if one_line && (self.dialect == Dialect::V3 || !allow_breaks) {
            self.write_str(text);
            self.write_indicator("'", false, false, false);
            return;
        }
        if one_line {
            self.write_line(text, true);
            self.write_indicator("'", false, false, false);
            self.whitespace = false;
            return;
        }
        self.write_wrapped(text, allow_breaks, |pen, byte| {
            if byte == b'\'' {
                pen.put('\'');
            }
        });
        self.write_indicator("'", false, false, false);
        self.whitespace = false;
        self.indention = false;
    }

    fn write_double(&mut self, text: &str, allow_breaks: bool) {
        let buf = text.as_bytes();
        // As upstream: where the text begins with a byte order mark, every character counts as one.
        let bom = text.starts_with('\u{FEFF}');
        let mut spaces = false;
        self.write_indicator("\"", true, false, false);
        let mut i = 0;
        while i < buf.len() {
            if bom || !is_printable(buf, i) || is_break(buf, i) || matches!(buf[i], b'"' | b'\\') {
                let c = text[i..].chars().next().unwrap_or('\0');
                self.write_escape(c);
                i += c.len_utf8();
                spaces = false;
            } else if buf[i] == b' ' {
                if allow_breaks && !spaces && self.wide() && i > 0 && i < buf.len() - 1 {
                    self.write_indent();
                    if at(buf, i + 1) == b' ' {
                        self.put('\\');
                    }
                    i += 1;
                } else {
                    self.write_char(text, &mut i);
                }
                spaces = true;
            } else {
                self.write_char(text, &mut i);
                spaces = false;
            }
        }
        self.write_indicator("\"", false, false, false);
        self.whitespace = false;
        self.indention = false;
    }

    fn write_escape(&mut self, c: char) {
        let short = match c {
            '\0' => '0',
            '\x07' => 'a',
            '\x08' => 'b',
            '\t' => 't',
            '\n' => 'n',
            '\x0B' => 'v',
            '\x0C' => 'f',
            '\r' => 'r',
            '\x1B' => 'e',
            '"' => '"',
            '\\' => '\\',
            '\u{85}' => 'N',
            '\u{A0}' => '_',
            '\u{2028}' => 'L',
            '\u{2029}' => 'P',
            _ => {
                let code = c as u32;
                let escape = match code {
                    0..=0xFF => format!("\\x{code:02X}"),
                    0x100..=0xFFFF => format!("\\u{code:04X}"),
                    _ => format!("\\U{code:08X}"),
                };
                self.write_str(&escape);
                return;
            }
        };
        self.put('\\');
        self.put(short);
    }

    /// The indicators behind `|` or `>`.
    fn write_block_hints(&mut self, text: &str) {
        let buf = text.as_bytes();
        if buf.first() == Some(&b' ') || is_break(buf, 0) {
            self.write_indicator("2", false, false, false);
        }
        let ends = text.chars().rev().map(|it| matches!(it, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}'));
        let ends: Vec<bool> = ends.take(2).collect();
        match ends[..] {
            [] | [false, ..] => self.write_indicator("-", false, false, false),
            [true] | [true, true, ..] => self.write_indicator("+", false, false, false),
            [true, false, ..] => {}
        }
    }

    /// `|` or `>` with its indicators.
    pub(super) fn write_block_header(&mut self, style: ScalarStyle, text: &str) {
        self.write_indicator(if style == ScalarStyle::Folded { ">" } else { "|" }, true, false, false);
        self.write_block_hints(text);
    }

    fn write_literal(&mut self, text: &str) {
        let buf = text.as_bytes();
        self.whitespace = true;
        let mut breaks = true;
        let mut i = 0;
        while i < buf.len() {
            if break_len(buf, i) > 0 {
                self.write_break(text, &mut i);
                breaks = true;
                continue;
            }
            if breaks {
                self.write_indent();
            }
            let rest = &buf[i..];
            let len = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            if rest[..len].is_ascii() && memchr::memchr(b'\r', &rest[..len]).is_none() {
                self.write_str(&text[i..i + len]);
                i += len;
            } else {
                self.write_char(text, &mut i);
            }
            self.indention = false;
            breaks = false;
        }
    }

    fn write_folded(&mut self, text: &str) {
        let buf = text.as_bytes();
        self.whitespace = true;
        let mut breaks = true;
        let mut leading_spaces = true;
        let mut i = 0;
        while i < buf.len() {
            if is_break(buf, i) {
                if !breaks && !leading_spaces && buf[i] == b'\n' {
                    // Upstream looks at the beginning of the text here, not behind the break.
                    let mut k = 0;
                    while is_break(buf, k) {
                        k += width(buf[k]);
                    }
                    if !is_blankz(buf, k) {
                        self.put_break();
                    }
                }
                self.write_break(text, &mut i);
                breaks = true;
            } else {
                if breaks {
                    self.write_indent();
                    leading_spaces = is_blank(buf[i]);
                }
                if !breaks && buf[i] == b' ' && at(buf, i + 1) != b' ' && self.wide() {
                    self.write_indent();
                    i += 1;
                } else {
                    self.write_char(text, &mut i);
                }
                self.indention = false;
                breaks = false;
            }
        }
    }
}

/// Where a scalar stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) flow: bool,
    pub(super) simple_key: bool,
}

/// The style that a scalar is written in: `style`, or the next one that can hold it.
pub(super) fn choose_style(style: ScalarStyle, empty: bool, allowed: Allowed, position: Position) -> ScalarStyle {
    let mut style = style;
    if position.simple_key && allowed.multiline {
        style = ScalarStyle::Double;
    }
    if style == ScalarStyle::Plain {
        let plain = if position.flow { allowed.flow_plain } else { allowed.block_plain };
        if !plain || empty && (position.flow || position.simple_key) {
            style = ScalarStyle::Single;
        }
    }
    if style == ScalarStyle::Single && !allowed.single {
        style = ScalarStyle::Double;
    }
    let block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
    if block && (!allowed.block || position.flow || position.simple_key) {
        style = ScalarStyle::Double;
    }
    style
}
