//! Block scalars: `|` and `>`.

use super::{Mark, ScalarStyle, Scanned, Scanner, Token, TokenKind};
use crate::chars::{is_blank, is_break, is_breakz, is_z};

impl Scanner<'_> {
    pub(super) fn fetch_block_scalar(&mut self, literal: bool) -> Scanned {
        self.remove_simple_key()?;
        self.simple_key_allowed = true;
        let start = self.mark();
        self.skip_indicator();
        let (chomping, increment) = self.scan_block_header(start)?;
        let mut end = self.mark();
        let mut indent = match increment {
            0 => 0,
            _ if self.indent >= 0 => self.indent + increment,
            _ => increment,
        };
        let since = self.extra.len();
        let (mut first_break, mut breaks) = (String::new(), String::new());
        self.scan_block_breaks(&mut indent, &mut breaks, start, &mut end)?;
        let mut leading_blank = false;
        while self.column() == indent && !is_z(self.buf, self.pos) {
            let blank = is_blank(self.byte());
            if !literal && first_break.starts_with('\n') && !leading_blank && !blank {
                if breaks.is_empty() {
                    self.extra.push(' ');
                }
            } else {
                self.extra.push_str(&first_break);
            }
            first_break.clear();
            self.extra.push_str(&breaks);
            breaks.clear();
            leading_blank = blank;
            self.read_rest_of_line();
            self.read_line(&mut first_break);
            self.scan_block_breaks(&mut indent, &mut breaks, start, &mut end)?;
        }
        if chomping >= 0 {
            self.extra.push_str(&first_break);
        }
        if chomping > 0 {
            self.extra.push_str(&breaks);
        }
        let style = if literal { ScalarStyle::Literal } else { ScalarStyle::Folded };
        let mut token = Token::new(TokenKind::Scalar(style), start, end);
        token.value = self.kept_since(since);
        self.tokens.push_back(token);
        Ok(())
    }

    /// Copies the characters up to the line break.
    fn read_rest_of_line(&mut self) {
        let from = self.pos;
        let rest = &self.buf[from..];
        let len = memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        if rest[..len].is_ascii() {
            self.pos += len;
        } else {
            while !is_breakz(self.buf, self.pos) {
                self.skip();
            }
        }
        if self.src[from..self.pos].bytes().any(|it| !is_blank(it)) {
            self.newlines = 0;
        }
        self.extra.push_str(&self.src[from..self.pos]);
    }

    /// The indicators for chomping (-1 strip, 0 clip, 1 keep) and indentation (0 when it is to be found out).
    fn scan_block_header(&mut self, start: Mark) -> Scanned<(i32, i32)> {
        let mut chomping = 0;
        let mut increment = 0;
        for _ in 0..2 {
            match self.byte() {
                b'+' if chomping == 0 => chomping = 1,
                b'-' if chomping == 0 => chomping = -1,
                b'0' if increment == 0 => {
                    return self.error(
                        "while scanning a block scalar",
                        start,
                        "found an indentation indicator equal to 0",
                    );
                }
                digit @ b'1'..=b'9' if increment == 0 => increment = i32::from(digit - b'0'),
                _ => break,
            }
            self.skip_indicator();
        }
        self.skip_blanks();
        if self.byte() == b'#' {
            if self.keep_comments {
                self.scan_line_comment(start);
            }
            self.skip_comment();
        }
        if !is_breakz(self.buf, self.pos) {
            return self.error("while scanning a block scalar", start, "did not find expected comment or line break");
        }
        self.skip_line();
        Ok((chomping, increment))
    }

    /// Passes indentation and empty lines; finds out the indentation when it is not known yet.
    fn scan_block_breaks(&mut self, indent: &mut i32, breaks: &mut String, start: Mark, end: &mut Mark) -> Scanned {
        *end = self.mark();
        let mut widest = 0;
        loop {
            while (*indent == 0 || self.column() < *indent) && self.byte() == b' ' {
                self.pos += 1;
            }
            widest = widest.max(self.column());
            if (*indent == 0 || self.column() < *indent) && self.byte() == b'\t' {
                return self.error(
                    "while scanning a block scalar",
                    start,
                    "found a tab character where an indentation space is expected",
                );
            }
            if !is_break(self.buf, self.pos) {
                break;
            }
            self.read_line(breaks);
            *end = self.mark();
        }
        if *indent == 0 {
            *indent = widest.max(self.indent + 1).max(1);
        }
        Ok(())
    }
}
