//! Plain scalars, and the names of anchors and aliases.

use super::{ScalarStyle, Scanned, Scanner, Slice, Token, TokenKind};
use crate::{
    chars::{at, is_alpha, is_blank, is_blankz, is_break},
    error::YamlError,
};

/// Bytes that a plain scalar passes without a closer look: 1 in block context, 2 in flow context.
static PASS: [u8; 256] = pass_table();

const fn pass_table() -> [u8; 256] {
    let mut table = [0; 256];
    let mut byte = 0x21;
    while byte < 0x7F {
        table[byte] = match byte as u8 {
            b':' => 0,
            b',' | b'?' | b'[' | b']' | b'{' | b'}' => 1,
            _ => 3,
        };
        byte += 1;
    }
    table
}

impl Scanner<'_> {
    pub(super) fn fetch_plain(&mut self) -> Scanned {
        self.save_simple_key()?;
        self.simple_key_allowed = false;
        self.scan_plain()
    }

    /// Passes the characters up to a blank, a break, the end or an indicator that ends the scalar; whether there were
    /// any.
    fn pass_plain_run(&mut self) -> bool {
        let from = self.pos;
        let mask = if self.flow_level > 0 { 2 } else { 1 };
        loop {
            while PASS[self.byte() as usize] & mask != 0 {
                self.pos += 1;
            }
            match self.byte() {
                b':' if !is_blankz(self.buf, self.pos + 1) => self.pos += 1,
                0x80.. if !is_break(self.buf, self.pos) => self.skip(),
                _ => break,
            }
        }
        if self.pos > from {
            self.newlines = 0;
        }
        self.pos > from
    }

    fn scan_plain(&mut self) -> Scanned {
        let start = self.mark();
        let from = self.pos;
        let indent = self.indent + 1;
        let mut end = start;
        // The value so far is the source from `from` to `end`, until a line is folded; then it is what was kept since.
        let mut kept: Option<usize> = None;
        let mut broken = false;
        let (mut first_break, mut more_breaks) = (String::new(), String::new());
        loop {
            if self.column() == 0 && matches!(self.byte(), b'-' | b'.') && self.at_document_indicator(self.byte())
                || self.byte() == b'#'
            {
                break;
            }
            let run = self.pos;
            if self.pass_plain_run() {
                if broken {
                    if kept.is_none() {
                        kept = Some(self.extra.len());
                        self.extra.push_str(&self.src[from..end.at]);
                    }
                    fold(&mut self.extra, &first_break, &more_breaks);
                    first_break.clear();
                    more_breaks.clear();
                    broken = false;
                    self.extra.push_str(&self.src[run..self.pos]);
                } else if kept.is_some() {
                    self.extra.push_str(&self.src[end.at..self.pos]);
                }
                end = self.mark();
            }
            if !is_blank(self.byte()) && !is_break(self.buf, self.pos) {
                break;
            }
            loop {
                if is_blank(self.byte()) {
                    if broken && self.column() < indent && self.byte() == b'\t' {
                        return self.error(
                            "while scanning a plain scalar",
                            start,
                            "found a tab character that violates indentation",
                        );
                    }
                    self.pos += 1;
                } else if is_break(self.buf, self.pos) {
                    let out = if broken { &mut more_breaks } else { &mut first_break };
                    let mut taken = std::mem::take(out);
                    self.read_line(&mut taken);
                    if broken {
                        more_breaks = taken;
                    } else {
                        first_break = taken;
                    }
                    broken = true;
                } else {
                    break;
                }
            }
            if self.flow_level == 0 && self.column() < indent {
                break;
            }
        }
        let mut token = Token::new(TokenKind::Scalar(ScalarStyle::Plain), start, end);
        token.value = match kept {
            Some(since) => self.kept_since(since),
            None => Slice { start: from as u32, len: (end.at - from) as u32 },
        };
        if token.value.len == 0 {
            token.value = Slice::default();
        }
        self.tokens.push_back(token);
        if broken {
            self.simple_key_allowed = true;
        }
        Ok(())
    }

    pub(super) fn fetch_anchor(&mut self, kind: TokenKind) -> Scanned {
        self.save_simple_key()?;
        self.simple_key_allowed = false;
        let start = self.mark();
        self.skip_indicator();
        let from = self.pos;
        while is_alpha(self.byte()) {
            self.pos += 1;
        }
        let end = self.mark();
        let ends = is_blankz(self.buf, self.pos)
            || matches!(at(self.buf, self.pos), b'?' | b':' | b',' | b']' | b'}' | b'%' | b'@' | b'`');
        if self.pos == from || !ends {
            let context =
                if kind == TokenKind::Anchor { "while scanning an anchor" } else { "while scanning an alias" };
            return Err(YamlError::new("did not find expected alphabetic or numeric character", self.pos)
                .while_(context, start.at));
        }
        let mut token = Token::new(kind, start, end);
        token.value = Slice { start: from as u32, len: (self.pos - from) as u32 };
        self.tokens.push_back(token);
        Ok(())
    }
}

/// Joins two lines: one break becomes a blank, further ones stay.
pub(super) fn fold(out: &mut String, first: &str, more: &str) {
    if first.starts_with('\n') {
        out.push_str(if more.is_empty() { " " } else { more });
    } else {
        out.push_str(first);
        out.push_str(more);
    }
}
