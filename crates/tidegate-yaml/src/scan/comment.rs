//! Comments, and which token each belongs to.
//!
//! Implements: the comment logic that go-yaml v3 added to libyaml (scannerc.go, `yaml_parser_scan_comments` and
//!             `yaml_parser_scan_line_comment`). A comment is a head, a line or a foot comment of the token at its
//!             `token` mark.

use super::{Mark, Scanner, TokenKind};
use crate::chars::{at, is_blank, is_break, is_breakz};

/// A comment that waits for the token it belongs to. Exactly one of the three texts is set.
#[derive(Debug, Clone, Default)]
pub(crate) struct Comment {
    /// Where the scan began that found it.
    pub(crate) scan: Mark,
    /// The token it belongs to.
    pub(crate) token: Mark,
    pub(crate) start: Mark,
    pub(crate) end: Mark,
    pub(crate) head: String,
    pub(crate) line: String,
    pub(crate) foot: String,
}

/// How many blanks and breaks a comment may be away.
const PEEK: usize = 512;

impl Scanner<'_> {
    /// Passes the comment that begins here, up to the line break.
    pub(super) fn skip_comment(&mut self) {
        while !is_breakz(self.buf, self.pos) {
            self.skip();
        }
    }

    /// Passes everything up to byte `seen`, then reads the rest of that line as a comment into `text`.
    fn read_comment_line(&mut self, seen: usize, text: &mut String) -> Mark {
        while self.pos < seen {
            if is_break(self.buf, self.pos) {
                self.skip_line();
            } else {
                self.skip();
            }
        }
        let start = self.mark();
        let from = self.pos;
        self.skip_comment();
        text.push_str(&self.src[from..self.pos]);
        start
    }

    /// A comment on the line of the token that was just fetched.
    pub(super) fn scan_line_comment(&mut self, token: Mark) {
        if self.newlines > 0 {
            return;
        }
        let mut peek = 0;
        while peek < PEEK && is_blank(at(self.buf, self.pos + peek)) {
            peek += 1;
        }
        if peek == PEEK || at(self.buf, self.pos + peek) != b'#' {
            return;
        }
        let mut line = String::new();
        let start = self.read_comment_line(self.pos + peek, &mut line);
        self.comments.push_back(Comment { token, start, line, ..Comment::default() });
    }

    /// A line comment right behind the first `-` of a sequence is the head of what follows:
    /// ```yaml
    /// - # this
    ///   one: two
    /// ```
    pub(super) fn line_comment_to_head(&mut self) {
        if self.comments.is_empty() || self.tokens.len() < 2 {
            return;
        }
        let last = self.tokens.len() - 1;
        if self.tokens[last - 1].kind != TokenKind::BlockSequenceStart
            || self.tokens[last].kind != TokenKind::BlockEntry
        {
            return;
        }
        let (here, at_break) = (self.mark(), is_break(self.buf, self.pos));
        if let Some(comment) = self.comments.back_mut()
            && !comment.line.is_empty()
            && !at_break
        {
            comment.head = std::mem::take(&mut comment.line);
            if comment.start.line + 1 == here.line {
                comment.token = here;
            }
        }
    }

    /// The comments between two tokens: a head of the next, or a foot of the one before.
    pub(super) fn scan_comments(&mut self, scan_mark: Mark) {
        let mut run = Run::new(self, scan_mark);
        let next_indent = self.indent.max(0);
        let mut peek = 0;
        while peek < PEEK {
            let here = self.pos + peek;
            run.column += 1;
            let byte = at(self.buf, here);
            if is_blank(byte) {
                peek += 1;
                continue;
            }
            let close_flow = self.flow_level > 0 && (byte == b']' || byte == b'}');
            if close_flow || is_breakz(self.buf, here) {
                run.end_of_line(self, here, close_flow);
                if !is_break(self.buf, here) {
                    break;
                }
                run.next_line();
                peek += 1;
                continue;
            }
            if !run.text.is_empty() && run.column - 1 < next_indent && run.column != run.start.column {
                run.end(self, here);
            }
            if byte != b'#' {
                break;
            }
            if run.text.is_empty() {
                run.start = run.mark(here);
            } else {
                run.text.push('\n');
            }
            run.recent_empty = false;
            self.read_comment_line(here, &mut run.text);
            // The byte after the comment is looked at again with `peek` one on, as the loop upstream counts.
            peek = 1;
            (run.column, run.line) = (0, self.line);
        }
        run.become_head(self, peek);
    }
}

/// Comment lines that are being gathered.
struct Run {
    scan: Mark,
    /// What a foot belongs to.
    token: Mark,
    after_value: bool,
    start: Mark,
    text: String,
    line: u32,
    column: i32,
    recent_empty: bool,
    first_empty: bool,
    /// The line on which a foot of the last token would stand.
    foot_line: i64,
}

impl Run {
    fn new(scanner: &Scanner<'_>, scan: Mark) -> Self {
        let tokens = &scanner.tokens;
        let mut token = tokens[tokens.len() - 1];
        if token.kind == TokenKind::FlowEntry && tokens.len() > 1 {
            token = tokens[tokens.len() - 2];
        }
        let mut foot_line = -1;
        if scan.line > 0 {
            foot_line = i64::from(scanner.line) - i64::from(scanner.newlines) + 1;
            if scanner.newlines == 0 && scanner.column() > 1 {
                foot_line += 1;
            }
        }
        Self {
            scan,
            token: token.start,
            after_value: token.kind == TokenKind::Value,
            start: Mark::default(),
            text: String::new(),
            line: scanner.line,
            column: scanner.column(),
            recent_empty: false,
            first_empty: scanner.newlines <= 1,
            foot_line,
        }
    }

    fn mark(&self, at: usize) -> Mark {
        Mark { at, line: self.line, column: self.column }
    }

    /// At the end of a line: what was gathered is a foot, or goes on.
    fn end_of_line(&mut self, scanner: &mut Scanner<'_>, here: usize, close_flow: bool) {
        if self.recent_empty && !close_flow {
            return;
        }
        let outdented = self.start.column - 1 < scanner.indent.max(0);
        let below = i64::from(self.start.line) == self.foot_line && !self.after_value;
        if close_flow || self.first_empty && (below || outdented) {
            if !self.text.is_empty() {
                if outdented {
                    self.token = self.start;
                }
                self.end(scanner, here);
            }
        } else if !self.text.is_empty() && here < scanner.buf.len() {
            self.text.push('\n');
        }
    }

    fn next_line(&mut self) {
        (self.first_empty, self.recent_empty) = (false, true);
        self.column = 0;
        self.line += 1;
    }

    /// What was gathered is the foot of the token before.
    fn end(&mut self, scanner: &mut Scanner<'_>, here: usize) {
        let end = self.mark(here);
        let foot = std::mem::take(&mut self.text);
        let comment =
            Comment { scan: self.scan, token: self.token, start: self.start, end, foot, ..Comment::default() };
        scanner.comments.push_back(comment);
        (self.scan, self.token) = (end, end);
    }

    /// What is left is the head of the token that follows.
    fn become_head(self, scanner: &mut Scanner<'_>, peek: usize) {
        if !self.text.is_empty() {
            let end = self.mark((scanner.pos + peek).saturating_sub(1));
            let Self { scan, start, text: head, .. } = self;
            scanner.comments.push_back(Comment { scan, token: start, start, end, head, ..Comment::default() });
        }
    }
}
