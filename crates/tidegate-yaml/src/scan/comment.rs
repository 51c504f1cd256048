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
    pub(super) fn scan_comments(&mut self, mut scan_mark: Mark) {
        let mut token = self.tokens[self.tokens.len() - 1];
        if token.kind == TokenKind::FlowEntry && self.tokens.len() > 1 {
            token = self.tokens[self.tokens.len() - 2];
        }
        let mut token_mark = token.start;
        let mut start = Mark::default();
        let next_indent = self.indent.max(0);
        let mut recent_empty = false;
        let mut first_empty = self.newlines <= 1;
        let (mut line, mut column) = (self.line, self.column());
        let mut text = String::new();
        let mut foot_line = -1;
        if scan_mark.line > 0 {
            foot_line = self.line as i64 - i64::from(self.newlines) + 1;
            if self.newlines == 0 && self.column() > 1 {
                foot_line += 1;
            }
        }
        let mut peek = 0;
        while peek < PEEK {
            let here = self.pos + peek;
            column += 1;
            let byte = at(self.buf, here);
            if is_blank(byte) {
                peek += 1;
                continue;
            }
            let close_flow = self.flow_level > 0 && (byte == b']' || byte == b'}');
            if close_flow || is_breakz(self.buf, here) {
                if close_flow || !recent_empty {
                    let below = i64::from(start.line) == foot_line && token.kind != TokenKind::Value;
                    if close_flow || first_empty && (below || start.column - 1 < next_indent) {
                        if !text.is_empty() {
                            if start.column - 1 < next_indent {
                                token_mark = start;
                            }
                            let end = Mark { at: here, line, column };
                            self.push_foot(scan_mark, token_mark, start, end, std::mem::take(&mut text));
                            scan_mark = end;
                            token_mark = end;
                        }
                    } else if !text.is_empty() && here < self.buf.len() {
                        text.push('\n');
                    }
                }
                if !is_break(self.buf, here) {
                    break;
                }
                first_empty = false;
                recent_empty = true;
                column = 0;
                line += 1;
                peek += 1;
                continue;
            }
            if !text.is_empty() && (close_flow || column - 1 < next_indent && column != start.column) {
                let end = Mark { at: here, line, column };
                self.push_foot(scan_mark, token_mark, start, end, std::mem::take(&mut text));
                scan_mark = end;
                token_mark = end;
            }
            if byte != b'#' {
                break;
            }
            if text.is_empty() {
                start = Mark { at: here, line, column };
            } else {
                text.push('\n');
            }
            recent_empty = false;
            self.read_comment_line(here, &mut text);
            // The byte after the comment is looked at again with `peek` one on, as the loop upstream counts.
            peek = 1;
            column = 0;
            line = self.line;
        }
        if !text.is_empty() {
            let end = Mark { at: (self.pos + peek).saturating_sub(1), line, column };
            self.comments.push_back(Comment {
                scan: scan_mark,
                token: start,
                start,
                end,
                head: text,
                ..Comment::default()
            });
        }
    }

    fn push_foot(&mut self, scan: Mark, token: Mark, start: Mark, end: Mark, foot: String) {
        self.comments.push_back(Comment { scan, token, start, end, foot, ..Comment::default() });
    }
}
