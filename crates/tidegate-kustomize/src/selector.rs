//! Selecting resources by kind, name, namespace, labels and annotations.
//!
//! Implements: api/types/selector.go of sigs.k8s.io/kustomize v5.8.1 and the label selectors of
//!             k8s.io/apimachinery/pkg/labels (`a=b,!c,d in (e,f),g>1`).

use tidegate_base::Limits;

use crate::{
    go_regex::Whole,
    id::{Gvk, ResId},
    store::{Done, Fault},
};

/// What a `target` or `select` says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Selector {
    pub(crate) gvk: Gvk,
    pub(crate) name: String,
    pub(crate) namespace: String,
    pub(crate) labels: String,
    pub(crate) annotations: String,
}

impl Selector {
    /// Whether nothing is said of kind, name and namespace.
    pub(crate) fn has_no_id(&self) -> bool {
        self.gvk == Gvk::default() && self.name.is_empty() && self.namespace.is_empty()
    }
}

/// A selector, ready to match.
#[derive(Debug)]
pub(crate) struct SelectorRegex {
    group: Option<Whole>,
    version: Option<Whole>,
    kind: Option<Whole>,
    name: Option<Whole>,
    namespace: Option<Whole>,
    labels: Vec<Requirement>,
    annotations: Vec<Requirement>,
}

fn anchored(pattern: &str, limits: &Limits) -> Done<Option<Whole>> {
    if pattern.is_empty() { Ok(None) } else { Whole::new(pattern, limits).map(Some) }
}

fn matches(pattern: Option<&Whole>, text: &str) -> bool {
    pattern.is_none_or(|it| it.is_match(text))
}

impl SelectorRegex {
    /// # Errors
    /// A pattern is no regular expression, or a label selector cannot be read.
    pub(crate) fn new(selector: &Selector, limits: &Limits) -> Done<Self> {
        Ok(Self {
            group: anchored(&selector.gvk.group, limits)?,
            version: anchored(&selector.gvk.version, limits)?,
            kind: anchored(&selector.gvk.kind, limits)?,
            name: anchored(&selector.name, limits)?,
            namespace: anchored(&selector.namespace, limits)?,
            labels: parse_requirements(&selector.labels)?,
            annotations: parse_requirements(&selector.annotations)?,
        })
    }

    pub(crate) fn matches_gvk(&self, gvk: &Gvk) -> bool {
        self.matches_kind(&gvk.group, &gvk.version, &gvk.kind)
    }

    pub(crate) fn matches_kind(&self, group: &str, version: &str, kind: &str) -> bool {
        matches(self.kind.as_ref(), kind)
            && matches(self.group.as_ref(), group)
            && matches(self.version.as_ref(), version)
    }

    /// Whether namespaces are looked at.
    pub(crate) fn has_namespace(&self) -> bool {
        self.namespace.is_some()
    }

    pub(crate) fn matches_name(&self, name: &str) -> bool {
        matches(self.name.as_ref(), name)
    }

    pub(crate) fn matches_namespace(&self, namespace: &str) -> bool {
        matches(self.namespace.as_ref(), namespace)
    }

    pub(crate) fn matches_id(&self, id: &ResId) -> bool {
        self.matches_gvk(&id.gvk) && self.matches_name(&id.name) && self.matches_namespace(&id.namespace)
    }

    /// Whether nothing is said of labels and annotations.
    pub(crate) fn has_no_marks(&self) -> bool {
        self.labels.is_empty() && self.annotations.is_empty()
    }

    pub(crate) fn matches_labels(&self, labels: &[(String, String)]) -> bool {
        self.labels.iter().all(|it| it.matches(labels))
    }

    pub(crate) fn matches_annotations(&self, annotations: &[(String, String)]) -> bool {
        self.annotations.iter().all(|it| it.matches(annotations))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Exists,
    DoesNotExist,
    In,
    NotIn,
    GreaterThan,
    LessThan,
}

/// One condition on a label.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Requirement {
    key: String,
    operator: Operator,
    values: Vec<String>,
}

impl Requirement {
    fn matches(&self, labels: &[(String, String)]) -> bool {
        let value = labels.iter().find(|it| it.0 == self.key).map(|it| it.1.as_str());
        let number = || value.and_then(|it| it.parse::<i64>().ok()).zip(self.values[0].parse::<i64>().ok());
        match self.operator {
            Operator::Exists => value.is_some(),
            Operator::DoesNotExist => value.is_none(),
            Operator::In => value.is_some_and(|it| self.values.iter().any(|value| value == it)),
            Operator::NotIn => value.is_none_or(|it| self.values.iter().all(|value| value != it)),
            Operator::GreaterThan => number().is_some_and(|(value, due)| value > due),
            Operator::LessThan => number().is_some_and(|(value, due)| value < due),
        }
    }
}

/// Reads a label selector.
fn parse_requirements(text: &str) -> Done<Vec<Requirement>> {
    let mut parser = Parser { text, rest: text };
    let mut out = Vec::new();
    if parser.peek() == Token::End {
        return Ok(out);
    }
    loop {
        out.push(parser.requirement()?);
        match parser.next() {
            Token::End => return Ok(out),
            Token::Symbol(",") => {
                if !matches!(parser.peek(), Token::Word(_) | Token::Symbol("!")) {
                    return parser.error("a label is due after `,`");
                }
            }
            _ => return parser.error("`,` or the end is due"),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token<'a> {
    Word(&'a str),
    Symbol(&'static str),
    End,
}

struct Parser<'a> {
    text: &'a str,
    rest: &'a str,
}

impl<'a> Parser<'a> {
    fn error<T>(&self, problem: &str) -> Done<T> {
        Err(Fault::new(format!("the label selector `{}` cannot be read: {problem}", self.text)))
    }

    fn scan(&self) -> (Token<'a>, &'a str) {
        const SYMBOLS: [&str; 9] = ["==", "!=", "=", "!", "(", ")", ",", ">", "<"];
        let rest = self.rest.trim_start_matches([' ', '\t', '\r', '\n']);
        if rest.is_empty() {
            return (Token::End, rest);
        }
        if let Some(symbol) = SYMBOLS.into_iter().find(|it| rest.starts_with(it)) {
            return (Token::Symbol(symbol), &rest[symbol.len()..]);
        }
        let end = rest.find([' ', '\t', '\r', '\n', '=', '!', '(', ')', ',', '>', '<']).unwrap_or(rest.len());
        (Token::Word(&rest[..end]), &rest[end..])
    }

    fn peek(&self) -> Token<'a> {
        self.scan().0
    }

    fn next(&mut self) -> Token<'a> {
        let (token, rest) = self.scan();
        self.rest = rest;
        token
    }

    fn requirement(&mut self) -> Done<Requirement> {
        let absent = self.peek() == Token::Symbol("!");
        if absent {
            self.next();
        }
        let Token::Word(key) = self.next() else { return self.error("a label is due") };
        if !is_qualified_name(key) {
            return self.error(&format!("`{key}` is no label"));
        }
        let key = key.to_owned();
        if absent {
            return Ok(Requirement { key, operator: Operator::DoesNotExist, values: Vec::new() });
        }
        if matches!(self.peek(), Token::End | Token::Symbol(",")) {
            return Ok(Requirement { key, operator: Operator::Exists, values: Vec::new() });
        }
        let (operator, values) = match self.next() {
            Token::Word("in") => (Operator::In, self.values()?),
            Token::Word("notin") => (Operator::NotIn, self.values()?),
            Token::Symbol("=" | "==") => (Operator::In, vec![self.value()]),
            Token::Symbol("!=") => (Operator::NotIn, vec![self.value()]),
            Token::Symbol(">") => (Operator::GreaterThan, vec![self.value()]),
            Token::Symbol("<") => (Operator::LessThan, vec![self.value()]),
            _ => return self.error("an operator is due: `=`, `==`, `!=`, `in`, `notin`, `>` or `<`"),
        };
        let number = matches!(operator, Operator::GreaterThan | Operator::LessThan);
        for value in &values {
            if number && value.parse::<i64>().is_err() {
                return self.error(&format!("`{value}` is no number"));
            }
            if !is_label_value(value) {
                return self.error(&format!("`{value}` is no label value"));
            }
        }
        Ok(Requirement { key, operator, values })
    }

    /// The value after `=`; an empty one where none stands.
    fn value(&mut self) -> String {
        match self.peek() {
            Token::Word(word) => {
                self.next();
                word.to_owned()
            }
            _ => String::new(),
        }
    }

    fn values(&mut self) -> Done<Vec<String>> {
        if self.next() != Token::Symbol("(") {
            return self.error("`(` is due");
        }
        let mut values = Vec::new();
        loop {
            match self.peek() {
                Token::Word(word) => {
                    self.next();
                    values.push(word.to_owned());
                }
                Token::Symbol("," | ")") => values.push(String::new()),
                _ => return self.error("a value is due"),
            }
            match self.next() {
                Token::Symbol(",") => {}
                Token::Symbol(")") => return Ok(values),
                _ => return self.error("`,` or `)` is due"),
            }
        }
    }
}

fn is_name_part(text: &str) -> bool {
    let edge = |it: Option<&u8>| it.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    bytes.len() <= 63
        && edge(bytes.first())
        && edge(bytes.last())
        && bytes.iter().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_' | b'.'))
}

/// A label's key: a name, with a DNS subdomain and `/` before it if there is one.
fn is_qualified_name(text: &str) -> bool {
    match text.split_once('/') {
        None => is_name_part(text),
        Some((prefix, name)) => {
            let label = |it: &str| {
                let edge = |byte: Option<&u8>| byte.is_some_and(|it| it.is_ascii_lowercase() || it.is_ascii_digit());
                edge(it.as_bytes().first())
                    && edge(it.as_bytes().last())
                    && it.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-')
            };
            is_name_part(name) && prefix.len() <= 253 && prefix.split('.').all(label)
        }
    }
}

fn is_label_value(text: &str) -> bool {
    text.is_empty() || is_name_part(text)
}

#[cfg(test)]
mod tests;
