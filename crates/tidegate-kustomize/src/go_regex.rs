//! Regular expressions as Go reads them.
//!
//! In: a pattern in RE2's syntax. Out: a compiled regular expression of linear time.
//!
//! Implements: the syntax of Go's `regexp/syntax` (Perl flags), as far as it differs from the `regex` crate's:
//!             `\d \w \s \b` are ASCII; `\Q…\E`; `{` that begins no count is literal; `&&`, `--`, `~~` and `[` are
//!             plain inside a class; `\z` and `\A`.
//! Refuses:    what Go refuses: `(?x)`, counts above 1000, look-around, back references.

use regex::{Regex, RegexBuilder};
use tidegate_base::Limits;

use crate::store::{Done, Fault};

/// A pattern that a whole text must match.
#[derive(Debug)]
pub(crate) enum Whole {
    /// Characters that stand for themselves, and dots.
    Literal(String),
    Regex(Regex),
}

impl Whole {
    /// # Errors
    /// As [`compile`].
    pub(crate) fn new(pattern: &str, limits: &Limits) -> Done<Self> {
        if is_literal(pattern) {
            return Ok(Self::Literal(pattern.to_owned()));
        }
        compile(&format!("^(?:{pattern})$"), limits).map(Self::Regex)
    }

    pub(crate) fn is_match(&self, text: &str) -> bool {
        match self {
            Self::Literal(pattern) => strip_literal(pattern, text) == Some(""),
            Self::Regex(regex) => regex.is_match(text),
        }
    }
}

/// Whether every character of a pattern stands for itself, but for dots.
pub(crate) fn is_literal(pattern: &str) -> bool {
    pattern.chars().all(|it| it.is_alphanumeric() || matches!(it, '-' | '_' | '/' | ':' | '@' | '.' | ' '))
}

/// The rest of `text` behind what a literal pattern matches at its start.
pub(crate) fn strip_literal<'t>(pattern: &str, text: &'t str) -> Option<&'t str> {
    let mut rest = text.chars();
    for due in pattern.chars() {
        let found = rest.next()?;
        if found != due && (due != '.' || found == '\n') {
            return None;
        }
    }
    Some(rest.as_str())
}

/// Compiles `pattern`.
///
/// # Errors
/// It is no regular expression in Go's syntax, or needs more memory than the limit `regex-bytes` allows.
pub(crate) fn compile(pattern: &str, limits: &Limits) -> Done<Regex> {
    let error = |problem: &str| Fault::new(format!("`{pattern}` is no regular expression: {problem}"));
    let translated = translate(pattern).map_err(|it| error(&it))?;
    let size = usize::try_from(limits.regex_bytes).unwrap_or(usize::MAX);
    RegexBuilder::new(&translated).size_limit(size).dfa_size_limit(size).nest_limit(250).build().map_err(
        |it| match it {
            regex::Error::CompiledTooBig(_) => Fault::new(format!("the regular expression `{pattern}` is too large"))
                .code("limit")
                .hint(format!("make it smaller, or raise `--limit regex-bytes={}`", limits.regex_bytes * 4)),
            other => error(other.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ")),
        },
    )
}

fn translate(pattern: &str) -> Result<String, String> {
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut rest = pattern;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        match c {
            '\\' => rest = escape(after, &mut out, false)?,
            '[' => rest = class(after, &mut out)?,
            '{' => {
                if let Some(len) = count_len(after)? {
                    out.push_str(&rest[..=len]);
                    rest = &after[len..];
                } else {
                    out.push_str("\\{");
                    rest = after;
                }
            }
            '}' => {
                out.push_str("\\}");
                rest = after;
            }
            '(' if after.starts_with('?') => {
                let flags: String =
                    after[1..].chars().take_while(|it| it.is_ascii_alphabetic() || *it == '-').collect();
                let is_name = after.starts_with("?P<") || after.starts_with("?<");
                if !is_name && flags.contains(['x', 'u', 'R']) {
                    return Err(format!("the flags `(?{flags}` are not known"));
                }
                out.push('(');
                rest = after;
            }
            _ => {
                out.push(c);
                rest = after;
            }
        }
    }
    Ok(out)
}

/// How long a count is that begins behind `{`: `3}`, `3,}`, `3,5}`; nothing when it is no count.
fn count_len(text: &str) -> Result<Option<usize>, String> {
    let Some(end) = text.find('}') else { return Ok(None) };
    let (low, high) = text[..end].split_once(',').unwrap_or((&text[..end], ""));
    let is_number = |it: &str| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit());
    if !is_number(low) || !high.is_empty() && !is_number(high) {
        return Ok(None);
    }
    let too_many = |it: &str| !it.is_empty() && it.parse::<u32>().is_ok_and(|it| it > 1000) || it.len() > 9;
    if too_many(low) || too_many(high) {
        return Err(format!("the count `{{{}}}` is above 1000", &text[..end]));
    }
    Ok(Some(end + 1))
}

/// Translates what stands behind a `\`; gives what follows.
fn escape<'a>(text: &'a str, out: &mut String, in_class: bool) -> Result<&'a str, String> {
    let Some(c) = text.chars().next() else { return Err("a trailing `\\`".to_owned()) };
    let after = &text[c.len_utf8()..];
    let ascii = match (c, in_class) {
        ('d', false) => "[0-9]",
        ('D', false) => "[^0-9]",
        ('w', false) => "[0-9A-Za-z_]",
        ('W', false) => "[^0-9A-Za-z_]",
        ('s', false) => "[\\t\\n\\f\\r ]",
        ('S', false) => "[^\\t\\n\\f\\r ]",
        ('d', true) => "0-9",
        ('D', true) => "[^0-9]",
        ('w', true) => "0-9A-Za-z_",
        ('W', true) => "[^0-9A-Za-z_]",
        ('s', true) => "\\t\\n\\f\\r ",
        ('S', true) => "[^\\t\\n\\f\\r ]",
        ('b', false) => "(?-u:\\b)",
        ('B', false) => "(?-u:\\B)",
        ('Q', false) => {
            let (literal, rest) = after.split_once("\\E").unwrap_or((after, ""));
            out.push_str(&regex::escape(literal));
            return Ok(rest);
        }
        _ => "",
    };
    if !ascii.is_empty() {
        out.push_str(ascii);
        return Ok(after);
    }
    match c {
        'p' | 'P' | 'x' | 'A' | 'z' | 'a' | 'f' | 't' | 'n' | 'r' | 'v' => {
            out.push('\\');
            out.push(c);
            Ok(after)
        }
        // Octal codes, which the crate does not have: `\0`, `\01`, `\123`.
        '0'..='7' => {
            let digits = text.bytes().take(3).take_while(|it| (b'0'..=b'7').contains(it)).count();
            if c != '0' && digits < 2 {
                return Err(format!("the escape `\\{c}` is not known"));
            }
            let code = u32::from_str_radix(&text[..digits], 8).unwrap_or(0);
            out.push_str(&format!("\\x{{{code:x}}}"));
            Ok(&text[digits..])
        }
        _ if c.is_ascii_alphanumeric() => Err(format!("the escape `\\{c}` is not known")),
        _ => {
            out.push_str(&regex::escape(&c.to_string()));
            Ok(after)
        }
    }
}

/// Translates a class from behind its `[`; gives what follows.
fn class<'a>(text: &'a str, out: &mut String) -> Result<&'a str, String> {
    out.push('[');
    let mut rest = text;
    if let Some(after) = rest.strip_prefix('^') {
        out.push('^');
        rest = after;
    }
    let mut first = true;
    loop {
        let Some(c) = rest.chars().next() else { return Err("a missing `]`".to_owned()) };
        let after = &rest[c.len_utf8()..];
        match c {
            ']' if !first => {
                out.push(']');
                return Ok(after);
            }
            '[' if after.starts_with(':') && after.contains(":]") => {
                let end = after.find(":]").unwrap_or(0) + 2;
                out.push('[');
                out.push_str(&after[..end]);
                rest = &after[end..];
            }
            '\\' => rest = escape(after, out, true)?,
            // What means something to the crate, but not to Go.
            '[' | ']' | '&' | '~' => {
                out.push('\\');
                out.push(c);
                rest = after;
            }
            '-' if after.starts_with('-') => {
                out.push_str("\\-");
                rest = after;
            }
            _ => {
                out.push(c);
                rest = after;
            }
        }
        first = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, text: &str) -> bool {
        compile(pattern, &Limits::default()).expect("a regular expression").is_match(text)
    }

    #[test]
    fn classes_are_ascii_as_in_go() {
        assert!(!matches("^\\d$", "٣"));
        assert!(!matches("^\\w$", "é"));
        assert!(matches("^\\w$", "e"));
        assert!(matches("^[\\d-]+$", "1-2"));
        assert!(matches("^[[:alpha:]]$", "a"));
    }

    #[test]
    fn what_is_special_elsewhere_is_plain() {
        assert!(matches("^a{,2}$", "a{,2}"));
        assert!(matches("^{$", "{"));
        assert!(matches("^[a&&b]$", "&"));
        assert!(matches("^\\Qa.b\\E$", "a.b"));
        assert!(!matches("^\\Qa.b\\E$", "axb"));
        assert!(matches("^a{2}$", "aa"));
    }

    #[test]
    fn what_go_refuses_is_refused() {
        let limits = Limits::default();
        for bad in ["(?x)a", "a{1001}", "(?=a)", "\\1", "(", "[a"] {
            assert!(compile(bad, &limits).is_err(), "{bad}");
        }
        let fault = compile("(a{1000}){1000}", &limits).expect_err("too large");
        assert_eq!(fault.code, "limit");
    }
}
