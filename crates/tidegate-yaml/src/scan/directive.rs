//! Directives and tags.

use super::{Mark, Scanned, Scanner, Slice, Token, TokenKind};
use crate::{
    chars::{at, is_alpha, is_blank, is_blankz, is_breakz, width},
    error::YamlError,
};

impl Scanner<'_> {
    pub(super) fn fetch_directive(&mut self) -> Scanned {
        let start = self.mark();
        self.unroll_indent(-1, start);
        self.remove_simple_key()?;
        self.simple_key_allowed = false;
        self.skip_indicator();
        let from = self.pos;
        while is_alpha(self.byte()) {
            self.pos += 1;
        }
        let context = "while scanning a directive";
        if self.pos == from {
            return self.error(context, start, "could not find expected directive name");
        }
        if !is_blankz(self.buf, self.pos) {
            return self.error(context, start, "found unexpected non-alphabetical character");
        }
        let src = self.src;
        let token = match &src[from..self.pos] {
            "YAML" => self.scan_version(start)?,
            "TAG" => self.scan_tag_directive(start)?,
            _ => return self.error(context, start, "found unknown directive name"),
        };
        self.skip_blanks();
        if self.byte() == b'#' {
            self.skip_comment();
        }
        if !is_breakz(self.buf, self.pos) {
            return self.error(context, start, "did not find expected comment or line break");
        }
        self.skip_line();
        self.tokens.push_back(token);
        Ok(())
    }

    fn scan_version(&mut self, start: Mark) -> Scanned<Token> {
        self.skip_blanks();
        let major = self.scan_version_number(start)?;
        if self.byte() != b'.' {
            return self.error(
                "while scanning a %YAML directive",
                start,
                "did not find expected digit or '.' character",
            );
        }
        self.skip_indicator();
        let minor = self.scan_version_number(start)?;
        let mut token = Token::new(TokenKind::VersionDirective, start, self.mark());
        token.value.len = major;
        token.suffix.len = minor;
        Ok(token)
    }

    fn scan_version_number(&mut self, start: Mark) -> Scanned<u32> {
        let context = "while scanning a %YAML directive";
        let (mut value, mut length) = (0, 0);
        while self.byte().is_ascii_digit() {
            length += 1;
            if length > 2 {
                return self.error(context, start, "found extremely long version number");
            }
            value = value * 10 + u32::from(self.byte() - b'0');
            self.skip_indicator();
        }
        if length == 0 {
            return self.error(context, start, "did not find expected version number");
        }
        Ok(value)
    }

    fn scan_tag_directive(&mut self, start: Mark) -> Scanned<Token> {
        let context = "while scanning a %TAG directive";
        self.skip_blanks();
        let handle = self.scan_tag_handle(true, start)?;
        if !is_blank(self.byte()) {
            return self.error(context, start, "did not find expected whitespace");
        }
        self.skip_blanks();
        let prefix = self.scan_tag_uri(true, "", start)?;
        if !is_blankz(self.buf, self.pos) {
            return self.error(context, start, "did not find expected whitespace or line break");
        }
        let mut token = Token::new(TokenKind::TagDirective, start, self.mark());
        token.value = handle;
        token.suffix = prefix;
        Ok(token)
    }

    pub(super) fn fetch_tag(&mut self) -> Scanned {
        self.save_simple_key()?;
        self.simple_key_allowed = false;
        let start = self.mark();
        let (handle, suffix);
        if self.byte_at(1) == b'<' {
            self.newlines = 0;
            self.pos += 2;
            handle = Slice::default();
            suffix = self.scan_tag_uri(false, "", start)?;
            if self.byte() != b'>' {
                return self.error("while scanning a tag", start, "did not find the expected '>'");
            }
            self.skip_indicator();
        } else {
            let first = self.scan_tag_handle(false, start)?;
            let text = self.text(first).to_owned();
            if text.len() > 1 && text.ends_with('!') {
                handle = first;
                suffix = self.scan_tag_uri(false, "", start)?;
            } else {
                let rest = self.scan_tag_uri(false, &text, start)?;
                // A lone `!` has no handle and is its own suffix.
                let bang = self.keep("!");
                (handle, suffix) = if rest.len == 0 { (Slice::default(), bang) } else { (bang, rest) };
            }
        }
        if !is_blankz(self.buf, self.pos) {
            return self.error("while scanning a tag", start, "did not find expected whitespace or line break");
        }
        let mut token = Token::new(TokenKind::Tag, start, self.mark());
        token.value = handle;
        token.suffix = suffix;
        self.tokens.push_back(token);
        Ok(())
    }

    fn tag_error<T>(&self, directive: bool, start: Mark, problem: &'static str) -> Scanned<T> {
        let context = if directive { "while parsing a %TAG directive" } else { "while parsing a tag" };
        self.error(context, start, problem)
    }

    fn scan_tag_handle(&mut self, directive: bool, start: Mark) -> Scanned<Slice> {
        if self.byte() != b'!' {
            return self.tag_error(directive, start, "did not find expected '!'");
        }
        let from = self.pos;
        self.skip_indicator();
        while is_alpha(self.byte()) {
            self.pos += 1;
        }
        if self.byte() == b'!' {
            self.pos += 1;
        } else if directive && self.pos - from != 1 {
            return self.tag_error(directive, start, "did not find expected '!'");
        }
        Ok(Slice { start: from as u32, len: (self.pos - from) as u32 })
    }

    /// The rest of a tag, percent-decoded, behind `head` without its `!`.
    fn scan_tag_uri(&mut self, directive: bool, head: &str, start: Mark) -> Scanned<Slice> {
        let mut uri: Vec<u8> = head.as_bytes().get(1..).unwrap_or_default().to_vec();
        let mut any = !head.is_empty();
        while is_alpha(self.byte())
            || matches!(
                self.byte(),
                b';' | b'/'
                    | b'?'
                    | b':'
                    | b'@'
                    | b'&'
                    | b'='
                    | b'+'
                    | b'$'
                    | b','
                    | b'.'
                    | b'!'
                    | b'~'
                    | b'*'
                    | b'\''
                    | b'('
                    | b')'
                    | b'['
                    | b']'
                    | b'%'
            )
        {
            if self.byte() == b'%' {
                self.scan_uri_escapes(directive, start, &mut uri)?;
            } else {
                uri.push(self.byte());
                self.skip_indicator();
            }
            any = true;
        }
        if !any {
            return self.tag_error(directive, start, "did not find expected tag URI");
        }
        match String::from_utf8(uri) {
            Ok(uri) => Ok(self.keep(&uri)),
            Err(_) => self.tag_error(directive, start, "found an incorrect UTF-8 octet"),
        }
    }

    fn scan_uri_escapes(&mut self, directive: bool, start: Mark, uri: &mut Vec<u8>) -> Scanned {
        let mut left: Option<usize> = None;
        while left != Some(0) {
            let digits = (self.byte() == b'%')
                .then(|| Some((hex(at(self.buf, self.pos + 1))?, hex(at(self.buf, self.pos + 2))?)))
                .flatten();
            let Some((high, low)) = digits else {
                return Err(
                    YamlError::new("did not find URI escaped octet", self.pos).while_("while parsing a tag", start.at)
                );
            };
            let octet = (high << 4) | low;
            left = Some(match left {
                None if (0x80..0xC0).contains(&octet) || octet >= 0xF8 => {
                    return self.tag_error(directive, start, "found an incorrect leading UTF-8 octet");
                }
                None => width(octet) - 1,
                Some(_) if octet & 0xC0 != 0x80 => {
                    return self.tag_error(directive, start, "found an incorrect trailing UTF-8 octet");
                }
                Some(left) => left - 1,
            });
            uri.push(octet);
            self.newlines = 0;
            self.pos += 3;
        }
        Ok(())
    }
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).map(|it| it as u8)
}
