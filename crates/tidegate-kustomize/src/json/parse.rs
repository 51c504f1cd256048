//! JSON text to nodes, with the place of each.

use tidegate_base::{Origin, Recorder};
use tidegate_yaml::{Kind, NodeId, Style, Tag};

use crate::store::{Done, Fault, Store, Where};

/// Reads `text`, which the tree has at byte `start` of its text, as JSON.
///
/// # Errors
/// It is no JSON, or is nested deeper than `depth`.
pub(crate) fn parse_json<R: Recorder>(store: &mut Store<R>, text: &str, start: u32, depth: u64) -> Done<NodeId> {
    let mut parser = Parser { store, text, start, at: 0, depth };
    let node = parser.value(0)?;
    parser.blanks();
    if parser.at < text.len() {
        return parser.error("nothing more is due after the value");
    }
    Ok(node)
}

struct Parser<'s, 't, R> {
    store: &'s mut Store<R>,
    text: &'t str,
    start: u32,
    at: usize,
    depth: u64,
}

impl<R: Recorder> Parser<'_, '_, R> {
    fn error<T>(&self, problem: &str) -> Done<T> {
        let place = Where::Text(self.start + self.at as u32);
        Err(Fault { place, ..Fault::new(format!("this is no JSON: {problem}")).code("invalid-json") })
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blanks(&mut self) {
        while matches!(self.byte(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn expect(&mut self, due: u8) -> Done {
        self.blanks();
        if self.byte() != Some(due) {
            return self.error(&format!("`{}` is due", char::from(due)));
        }
        self.at += 1;
        Ok(())
    }

    fn value(&mut self, level: u64) -> Done<NodeId> {
        if level > self.depth {
            return self.error(&format!("it is nested deeper than the limit `depth` of {}", self.depth));
        }
        self.blanks();
        let from = self.at;
        let node = match self.byte() {
            Some(b'{') => self.object(level)?,
            Some(b'[') => self.array(level)?,
            Some(b'"') => {
                let text = self.string()?;
                self.store.tree.scalar(Tag::Str, Style::DOUBLE, &text)
            }
            Some(_) => self.word()?,
            None => return self.error("a value is due"),
        };
        self.store.tree.set_origin(node, Origin::text(self.start + from as u32));
        Ok(node)
    }

    fn object(&mut self, level: u64) -> Done<NodeId> {
        self.at += 1;
        let mut content = Vec::new();
        self.blanks();
        if self.byte() == Some(b'}') {
            self.at += 1;
            return Ok(self.store.tree.collection(Kind::Mapping, Tag::Map, Style::FLOW, &content));
        }
        loop {
            self.blanks();
            let from = self.at;
            if self.byte() != Some(b'"') {
                return self.error("a key in double quotes is due");
            }
            let key = self.string()?;
            let key = self.store.tree.scalar(Tag::Str, Style::DOUBLE, &key);
            self.store.tree.set_origin(key, Origin::text(self.start + from as u32));
            self.expect(b':')?;
            content.extend([key, self.value(level + 1)?]);
            self.blanks();
            match self.byte() {
                Some(b',') => self.at += 1,
                Some(b'}') => break,
                _ => return self.error("`,` or `}` is due"),
            }
        }
        self.at += 1;
        Ok(self.store.tree.collection(Kind::Mapping, Tag::Map, Style::FLOW, &content))
    }

    fn array(&mut self, level: u64) -> Done<NodeId> {
        self.at += 1;
        let mut content = Vec::new();
        self.blanks();
        if self.byte() != Some(b']') {
            loop {
                content.push(self.value(level + 1)?);
                self.blanks();
                match self.byte() {
                    Some(b',') => self.at += 1,
                    Some(b']') => break,
                    _ => return self.error("`,` or `]` is due"),
                }
            }
        }
        self.at += 1;
        Ok(self.store.tree.collection(Kind::Sequence, Tag::Seq, Style::FLOW, &content))
    }

    fn word(&mut self) -> Done<NodeId> {
        let rest = &self.text[self.at..];
        let len = rest.bytes().take_while(|it| it.is_ascii_alphanumeric() || matches!(it, b'+' | b'-' | b'.')).count();
        let word = &rest[..len];
        let tag = match word {
            "true" | "false" => Tag::Bool,
            "null" => Tag::Null,
            _ if is_number(word) => Tag::Float,
            _ => return self.error("a value is due"),
        };
        self.at += len;
        Ok(self.store.tree.scalar(tag, Style::PLAIN, word))
    }

    fn string(&mut self) -> Done<String> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let Some(c) = self.text[self.at..].chars().next() else { return self.error("a string has no end") };
            self.at += c.len_utf8();
            match c {
                '"' => return Ok(out),
                '\\' => out.push(self.escape()?),
                '\0'..='\x1F' => return self.error("a control character stands in a string"),
                _ => out.push(c),
            }
        }
    }

    fn escape(&mut self) -> Done<char> {
        let Some(byte) = self.byte() else { return self.error("a string has no end") };
        self.at += 1;
        Ok(match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\x08',
            b'f' => '\x0C',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let first = self.unit()?;
                if (0xD800..0xDC00).contains(&first) && self.text[self.at..].starts_with("\\u") {
                    let before = self.at;
                    self.at += 2;
                    let second = self.unit()?;
                    if (0xDC00..0xE000).contains(&second) {
                        let code = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
                        return Ok(char::from_u32(code).unwrap_or('\u{FFFD}'));
                    }
                    self.at = before;
                }
                char::from_u32(first).unwrap_or('\u{FFFD}')
            }
            _ => return self.error("an escape is not known"),
        })
    }

    fn unit(&mut self) -> Done<u32> {
        let digits = self.text.get(self.at..self.at + 4).filter(|it| it.bytes().all(|it| it.is_ascii_hexdigit()));
        let Some(digits) = digits else { return self.error("four hexadecimal digits are due") };
        self.at += 4;
        Ok(u32::from_str_radix(digits, 16).unwrap_or(0xFFFD))
    }
}

/// `-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?`
fn is_number(text: &str) -> bool {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let text = text.strip_prefix('-').unwrap_or(text);
    let whole = digits(text);
    if whole == 0 || whole > 1 && text.starts_with('0') {
        return false;
    }
    let mut rest = &text[whole..];
    if let Some(fraction) = rest.strip_prefix('.') {
        let len = digits(fraction);
        if len == 0 {
            return false;
        }
        rest = &fraction[len..];
    }
    if let Some(exponent) = rest.strip_prefix(['e', 'E']) {
        let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        let len = digits(exponent);
        return len > 0 && len == exponent.len();
    }
    rest.is_empty()
}
