//! Quoted scalars.

use super::{Mark, ScalarStyle, Scanned, Scanner, Slice, Token, TokenKind, plain::fold};
use crate::{
    chars::{at, is_blank, is_blankz, is_break, is_z},
    error::YamlError,
};

/// Bytes that a quoted scalar passes without a closer look: 1 in single quotes, 2 in double quotes.
static PASS: [u8; 256] = pass_table();

const fn pass_table() -> [u8; 256] {
    let mut table = [0; 256];
    let mut byte = 0x21;
    while byte < 0x7F {
        table[byte] = match byte as u8 {
            b'\'' => 2,
            b'"' | b'\\' => 1,
            _ => 3,
        };
        byte += 1;
    }
    table
}

impl Scanner<'_> {
    pub(super) fn fetch_quoted(&mut self, single: bool) -> Scanned {
        self.save_simple_key()?;
        self.simple_key_allowed = false;
        let start = self.mark();
        self.skip_indicator();
        let value = match self.scan_simple_quoted(single) {
            Some(value) => value,
            None => self.scan_quoted(single, start)?,
        };
        self.skip_indicator();
        let style = if single { ScalarStyle::Single } else { ScalarStyle::Double };
        let mut token = Token::new(TokenKind::Scalar(style), start, self.mark());
        token.value = value;
        self.tokens.push_back(token);
        Ok(())
    }

    /// A quoted scalar of ASCII on one line without anything escaped, which is most of them.
    fn scan_simple_quoted(&mut self, single: bool) -> Option<Slice> {
        let from = self.pos;
        let (mask, quote) = if single { (1, b'\'') } else { (2, b'"') };
        let mut pos = from;
        loop {
            match at(self.buf, pos) {
                byte if PASS[byte as usize] & mask != 0 => pos += 1,
                b' ' | b'\t' => pos += 1,
                byte if byte == quote && !(single && at(self.buf, pos + 1) == b'\'') => break,
                _ => return None,
            }
        }
        self.pos = pos;
        Some(Slice { start: from as u32, len: (pos - from) as u32 })
    }

    fn scan_quoted(&mut self, single: bool, start: Mark) -> Scanned<Slice> {
        let since = self.extra.len();
        let mask = if single { 1 } else { 2 };
        loop {
            if self.column() == 0 && matches!(self.byte(), b'-' | b'.') && self.at_document_indicator(self.byte()) {
                return self.error("while scanning a quoted scalar", start, "found unexpected document indicator");
            }
            if is_z(self.buf, self.pos) {
                self.check_readable()?;
                return self.error("while scanning a quoted scalar", start, "found unexpected end of stream");
            }
            let mut broken = false;
            while !is_blankz(self.buf, self.pos) {
                let from = self.pos;
                while PASS[self.byte() as usize] & mask != 0 {
                    self.pos += 1;
                }
                self.extra.push_str(&self.src[from..self.pos]);
                if self.pos > from {
                    self.newlines = 0;
                    continue;
                }
                match self.byte() {
                    b'\'' if single && self.byte_at(1) == b'\'' => {
                        self.extra.push('\'');
                        self.newlines = 0;
                        self.pos += 2;
                    }
                    b'\'' if single => break,
                    b'"' if !single => break,
                    b'\\' if !single && is_break(self.buf, self.pos + 1) => {
                        self.skip_indicator();
                        self.skip_line();
                        broken = true;
                        break;
                    }
                    b'\\' if !single => self.scan_escape(start)?,
                    _ => {
                        self.skip();
                        self.extra.push_str(&self.src[from..self.pos]);
                    }
                }
            }
            if self.byte() == if single { b'\'' } else { b'"' } && !is_z(self.buf, self.pos) {
                return Ok(self.kept_since(since));
            }
            self.scan_quoted_blanks(broken);
        }
    }

    /// Blanks and breaks inside quotes: kept on one line, folded across lines.
    fn scan_quoted_blanks(&mut self, escaped_break: bool) {
        let mut broken = escaped_break;
        let from = self.pos;
        let mut blanks_end = from;
        let (mut first, mut more) = (String::new(), String::new());
        loop {
            if is_blank(self.byte()) {
                self.pos += 1;
                if !broken {
                    blanks_end = self.pos;
                }
            } else if is_break(self.buf, self.pos) {
                if broken {
                    self.read_line(&mut more);
                } else {
                    self.read_line(&mut first);
                    broken = true;
                }
            } else {
                break;
            }
        }
        if broken {
            if first.is_empty() {
                self.extra.push_str(&more);
            } else {
                fold(&mut self.extra, &first, &more);
            }
        } else {
            self.extra.push_str(&self.src[from..blanks_end]);
        }
    }

    fn scan_escape(&mut self, start: Mark) -> Scanned {
        let (text, digits) = match self.byte_at(1) {
            b'0' => ("\0", 0),
            b'a' => ("\x07", 0),
            b'b' => ("\x08", 0),
            b't' | b'\t' => ("\t", 0),
            b'n' => ("\n", 0),
            b'v' => ("\x0B", 0),
            b'f' => ("\x0C", 0),
            b'r' => ("\r", 0),
            b'e' => ("\x1B", 0),
            b' ' => (" ", 0),
            b'"' => ("\"", 0),
            b'\'' => ("'", 0),
            b'\\' => ("\\", 0),
            b'N' => ("\u{85}", 0),
            b'_' => ("\u{A0}", 0),
            b'L' => ("\u{2028}", 0),
            b'P' => ("\u{2029}", 0),
            b'x' => ("", 2),
            b'u' => ("", 4),
            b'U' => ("", 8),
            _ => return self.error("while parsing a quoted scalar", start, "found unknown escape character"),
        };
        self.newlines = 0;
        self.extra.push_str(text);
        self.pos += 2;
        if digits > 0 {
            let code = self.scan_hex(digits, start)?;
            let Some(c) = char::from_u32(code) else {
                return self.error(
                    "while parsing a quoted scalar",
                    start,
                    "found invalid Unicode character escape code",
                );
            };
            self.extra.push(c);
            self.pos += digits;
        }
        Ok(())
    }

    fn scan_hex(&self, digits: usize, start: Mark) -> Scanned<u32> {
        let mut code: u32 = 0;
        for i in 0..digits {
            let Some(digit) = char::from(self.byte_at(i)).to_digit(16) else {
                return Err(YamlError::new("did not find expected hexdecimal number", self.pos + i)
                    .while_("while parsing a quoted scalar", start.at));
            };
            // Eight digits fit; what is no character is refused afterwards.
            code = (code << 4) | digit;
        }
        Ok(code)
    }
}
