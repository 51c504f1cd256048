//! Text to tokens.
//!
//! In: UTF-8 text without characters that YAML forbids. Out: tokens with byte positions; comments apart.
//!
//! Implements: the scanner of go.yaml.in/yaml/v3 v3.0.3 (scannerc.go), a port of libyaml's, with its quirks: which
//!             texts it refuses, where a simple key may stand, how comments are tied to tokens.
//! Keeps:      the limits of 1024 characters for a simple key and of 512 for the blanks before a comment.
//! Differs:    a byte order mark is skipped before the text, by the caller, and nowhere else.

mod block;
mod comment;
mod directive;
mod flow;
mod plain;
mod token;

use std::collections::VecDeque;

pub(crate) use comment::Comment;
pub(crate) use token::{Mark, ScalarStyle, Slice, Token, TokenKind};

use crate::{
    chars::{at, break_len, is_blank, is_blankz, is_break, is_z},
    error::YamlError,
};

/// Where a simple key may have begun.
#[derive(Debug, Clone, Copy)]
struct SimpleKey {
    possible: bool,
    required: bool,
    token_number: usize,
    mark: Mark,
}

/// The scanner and its queue of tokens.
pub(crate) struct Scanner<'a> {
    src: &'a str,
    buf: &'a [u8],
    pos: usize,
    line: u32,
    /// Where the line begins; moved on by every byte that continues a character, so that `pos - line_start` counts
    /// characters.
    line_start: usize,
    /// Line breaks since the last character that is not blank.
    newlines: u32,
    /// Values that are not a slice of the text: unescaped, folded, dedented.
    extra: String,
    tokens: VecDeque<Token>,
    /// Tokens taken from the queue so far.
    parsed: usize,
    available: bool,
    started: bool,
    ended: bool,
    indent: i32,
    indents: Vec<i32>,
    simple_key_allowed: bool,
    simple_keys: Vec<SimpleKey>,
    /// Levels whose simple key is still possible, outermost first.
    possible: VecDeque<usize>,
    flow_level: usize,
    comments: VecDeque<Comment>,
    keep_comments: bool,
    /// First byte that cannot be read, and why.
    stop: Option<(usize, &'static str)>,
}

type Scanned<T = ()> = Result<T, YamlError>;

impl<'a> Scanner<'a> {
    pub(crate) fn new(src: &'a str, stop: Option<(usize, &'static str)>, keep_comments: bool) -> Self {
        Self {
            src,
            buf: src.as_bytes(),
            pos: 0,
            line: 0,
            line_start: 0,
            newlines: 0,
            extra: String::new(),
            tokens: VecDeque::with_capacity(16),
            parsed: 0,
            available: false,
            started: false,
            ended: false,
            indent: -1,
            indents: Vec::new(),
            simple_key_allowed: true,
            simple_keys: Vec::new(),
            possible: VecDeque::new(),
            flow_level: 0,
            comments: VecDeque::new(),
            keep_comments,
            stop,
        }
    }

    /// The text that slices past the end of the source point into.
    pub(crate) fn into_extra(self) -> String {
        self.extra
    }

    /// The characters that `slice` names.
    pub(crate) fn text(&self, slice: Slice) -> &str {
        let (start, end) = (slice.start as usize, slice.start as usize + slice.len as usize);
        if start >= self.src.len() {
            &self.extra[start - self.src.len()..end - self.src.len()]
        } else {
            &self.src[start..end]
        }
    }

    /// Stores `value` apart from the source.
    pub(crate) fn keep(&mut self, value: &str) -> Slice {
        let start = (self.src.len() + self.extra.len()) as u32;
        self.extra.push_str(value);
        Slice { start, len: value.len() as u32 }
    }

    /// The slice of everything stored since `from` bytes were.
    fn kept_since(&self, from: usize) -> Slice {
        Slice { start: (self.src.len() + from) as u32, len: (self.extra.len() - from) as u32 }
    }

    /// Sees to it that there is a next token.
    #[inline]
    pub(crate) fn ready(&mut self) -> Scanned {
        if self.available { Ok(()) } else { self.fetch_more() }
    }

    /// The next token, once it is [`ready`](Self::ready); it stays in the queue.
    #[inline]
    pub(crate) fn head(&self) -> &Token {
        &self.tokens[0]
    }

    /// Takes the token that [`head`](Self::head) showed.
    pub(crate) fn take(&mut self) {
        self.available = false;
        self.parsed += 1;
        self.tokens.pop_front();
    }

    /// The first comment that waits for its token.
    pub(crate) fn first_comment(&self) -> Option<&Comment> {
        self.comments.front()
    }

    pub(crate) fn take_comment(&mut self) -> Option<Comment> {
        self.comments.pop_front()
    }

    #[inline]
    fn mark(&self) -> Mark {
        Mark { at: self.pos, line: self.line, column: (self.pos - self.line_start) as i32 }
    }

    #[inline]
    fn column(&self) -> i32 {
        (self.pos - self.line_start) as i32
    }

    #[inline]
    fn byte(&self) -> u8 {
        at(self.buf, self.pos)
    }

    #[inline]
    fn byte_at(&self, ahead: usize) -> u8 {
        at(self.buf, self.pos + ahead)
    }

    /// Passes one ASCII character that is not blank.
    #[inline]
    fn skip_indicator(&mut self) {
        self.newlines = 0;
        self.pos += 1;
    }

    /// Passes one character of any width.
    #[inline]
    fn skip(&mut self) {
        let byte = self.byte();
        if !is_blank(byte) {
            self.newlines = 0;
        }
        let width = crate::chars::width(byte).min(self.buf.len() - self.pos);
        self.pos += width;
        self.line_start += width - 1;
    }

    /// Passes a run of blanks.
    #[inline]
    fn skip_blanks(&mut self) {
        while is_blank(self.byte()) {
            self.pos += 1;
        }
    }

    /// Passes a line break, if there is one.
    #[inline]
    fn skip_line(&mut self) {
        let len = break_len(self.buf, self.pos);
        if len > 0 {
            self.pos += len;
            self.line += 1;
            self.line_start = self.pos;
            self.newlines += 1;
        }
    }

    /// Passes a line break and appends it, normalised, to `out`.
    fn read_line(&mut self, out: &mut String) {
        let len = break_len(self.buf, self.pos);
        if len == 3 {
            out.push_str(&self.src[self.pos..self.pos + 3]);
        } else if len > 0 {
            out.push('\n');
        }
        self.skip_line();
    }

    fn error<T>(&self, context: &'static str, from: Mark, problem: &'static str) -> Scanned<T> {
        Err(YamlError::new(problem, self.pos).while_(context, from.at))
    }

    fn error_here<T>(&self, problem: &'static str) -> Scanned<T> {
        Err(YamlError::new(problem, self.pos))
    }

    fn push(&mut self, kind: TokenKind, start: Mark) {
        let end = self.mark();
        self.tokens.push_back(Token::new(kind, start, end));
    }

    /// Fetches until the token at the head of the queue can be told. Comments need two tokens more.
    fn fetch_more(&mut self) -> Scanned {
        loop {
            if self.tokens.len() > 2 {
                match self.possible.front() {
                    Some(&level) if self.simple_keys[level].token_number == self.parsed => {
                        if !self.simple_key_is_valid(level)? {
                            break;
                        }
                    }
                    _ => break,
                }
            }
            if self.ended {
                break;
            }
            self.fetch_next()?;
        }
        self.available = true;
        Ok(())
    }

    fn check_readable(&self) -> Scanned {
        match self.stop {
            Some((stop, problem)) if self.pos >= stop => Err(YamlError::new(problem, stop)),
            _ => Ok(()),
        }
    }

    fn fetch_next(&mut self) -> Scanned {
        if !self.started {
            return self.fetch_stream_start();
        }
        let scan_mark = self.mark();
        self.scan_to_next_token(scan_mark)?;
        self.unroll_indent(self.column(), scan_mark);
        self.check_readable()?;
        if is_z(self.buf, self.pos) {
            return self.fetch_stream_end();
        }
        if self.column() == 0 {
            match self.byte() {
                b'%' => return self.fetch_directive(),
                b'-' if self.at_document_indicator(b'-') => {
                    return self.fetch_document_indicator(TokenKind::DocumentStart);
                }
                b'.' if self.at_document_indicator(b'.') => {
                    return self.fetch_document_indicator(TokenKind::DocumentEnd);
                }
                _ => {}
            }
        }
        let mut comment_mark = self.mark();
        let byte = self.byte();
        if let Some(last) = self.tokens.back()
            && (self.flow_level == 0 && byte == b':' || self.flow_level > 0 && byte == b',')
        {
            comment_mark = last.start;
        }
        self.fetch_content(byte)?;
        if self.keep_comments && self.tokens.back().is_none_or(|it| it.kind != TokenKind::BlockEntry) {
            self.scan_line_comment(comment_mark);
        }
        Ok(())
    }

    fn fetch_content(&mut self, byte: u8) -> Scanned {
        let next_is_blank = || is_blankz(self.buf, self.pos + 1);
        let flow = self.flow_level > 0;
        match byte {
            b'[' => self.fetch_flow_start(TokenKind::FlowSequenceStart),
            b'{' => self.fetch_flow_start(TokenKind::FlowMappingStart),
            b']' => self.fetch_flow_end(TokenKind::FlowSequenceEnd),
            b'}' => self.fetch_flow_end(TokenKind::FlowMappingEnd),
            b',' => self.fetch_flow_entry(),
            b'-' if next_is_blank() => self.fetch_block_entry(),
            b'?' if flow || next_is_blank() => self.fetch_key(),
            b':' if flow || next_is_blank() => self.fetch_value(),
            b'*' => self.fetch_anchor(TokenKind::Alias),
            b'&' => self.fetch_anchor(TokenKind::Anchor),
            b'!' => self.fetch_tag(),
            b'|' if !flow => self.fetch_block_scalar(true),
            b'>' if !flow => self.fetch_block_scalar(false),
            b'\'' => self.fetch_quoted(true),
            b'"' => self.fetch_quoted(false),
            _ if self.may_start_plain(byte) => self.fetch_plain(),
            _ => {
                let mark = self.mark();
                self.error("while scanning for the next token", mark, "found character that cannot start any token")
            }
        }
    }

    fn may_start_plain(&self, byte: u8) -> bool {
        match byte {
            b'-' => !is_blank(self.byte_at(1)),
            b'?' | b':' => self.flow_level == 0 && !is_blankz(self.buf, self.pos + 1),
            b',' | b'[' | b']' | b'{' | b'}' | b'#' | b'&' | b'*' | b'!' | b'|' | b'>' | b'\'' | b'"' | b'%' | b'@'
            | b'`' => false,
            _ => !is_blankz(self.buf, self.pos),
        }
    }

    fn at_document_indicator(&self, byte: u8) -> bool {
        self.byte() == byte && self.byte_at(1) == byte && self.byte_at(2) == byte && is_blankz(self.buf, self.pos + 3)
    }

    /// Whether the simple key of `level` can still become one; forgets it otherwise.
    fn simple_key_is_valid(&mut self, level: usize) -> Scanned<bool> {
        let key = self.simple_keys[level];
        if !key.possible {
            return Ok(false);
        }
        let too_far = || {
            let bytes = self.pos - key.mark.at;
            bytes > 1024 && self.src[key.mark.at..self.pos].chars().count() > 1024
        };
        if key.mark.line < self.line || too_far() {
            if key.required {
                return self.error("while scanning a simple key", key.mark, "could not find expected ':'");
            }
            self.forget_simple_key(level);
            return Ok(false);
        }
        Ok(true)
    }

    fn forget_simple_key(&mut self, level: usize) {
        self.simple_keys[level].possible = false;
        if let Some(found) = self.possible.iter().rposition(|&it| it == level) {
            self.possible.remove(found);
        }
    }

    fn save_simple_key(&mut self) -> Scanned {
        if !self.simple_key_allowed {
            return Ok(());
        }
        let key = SimpleKey {
            possible: true,
            required: self.flow_level == 0 && self.indent == self.column(),
            token_number: self.parsed + self.tokens.len(),
            mark: self.mark(),
        };
        self.remove_simple_key()?;
        let level = self.simple_keys.len() - 1;
        self.simple_keys[level] = key;
        self.possible.push_back(level);
        Ok(())
    }

    /// Forgets the simple key of the current level.
    fn remove_simple_key(&mut self) -> Scanned {
        let level = self.simple_keys.len() - 1;
        let key = self.simple_keys[level];
        if key.possible {
            if key.required {
                return self.error("while scanning a simple key", key.mark, "could not find expected ':'");
            }
            self.forget_simple_key(level);
        }
        Ok(())
    }

    /// Opens a block collection at `column` if it is further right than the one that is open.
    fn roll_indent(&mut self, column: i32, number: Option<usize>, kind: TokenKind, mark: Mark) -> Scanned {
        if self.flow_level > 0 || self.indent >= column {
            return Ok(());
        }
        self.indents.push(self.indent);
        self.indent = column;
        if self.indents.len() > MAX_DEPTH {
            return self.error_here("exceeded max depth of 10000");
        }
        let token = Token::new(kind, mark, mark);
        match number {
            Some(number) => self.tokens.insert(number - self.parsed, token),
            None => self.tokens.push_back(token),
        }
        Ok(())
    }

    /// Closes the block collections that stand further right than `column`.
    fn unroll_indent(&mut self, column: i32, scan_mark: Mark) {
        if self.flow_level > 0 || self.indent <= column {
            return;
        }
        let mut mark = scan_mark;
        // One before the scan, which may be before the text: positions are compared as numbers from one.
        let mut mark_at = scan_mark.at as isize - 1;
        while self.indent > column {
            // The end stands before the foot comments of outer blocks: look back for comments at this block's indent.
            let mut stop = mark_at;
            for comment in self.comments.iter().rev() {
                if (comment.end.at as isize) < stop {
                    break;
                }
                if comment.start.column == self.indent + 1 {
                    mark = comment.start;
                    mark_at = comment.start.at as isize;
                }
                stop = comment.scan.at as isize;
            }
            let mut end = Token::new(TokenKind::BlockEnd, mark, mark);
            end.order = mark_at;
            self.tokens.push_back(end);
            self.indent = self.indents.pop().unwrap_or(-1);
        }
    }

    fn fetch_stream_start(&mut self) -> Scanned {
        self.simple_keys.push(SimpleKey { possible: false, required: false, token_number: 0, mark: Mark::default() });
        self.started = true;
        let mark = self.mark();
        self.push(TokenKind::StreamStart, mark);
        Ok(())
    }

    fn fetch_stream_end(&mut self) -> Scanned {
        if self.column() != 0 {
            self.line_start = self.pos;
            self.line += 1;
        }
        let mark = self.mark();
        self.unroll_indent(-1, mark);
        self.remove_simple_key()?;
        self.simple_key_allowed = false;
        self.push(TokenKind::StreamEnd, mark);
        self.ended = true;
        Ok(())
    }

    fn fetch_document_indicator(&mut self, kind: TokenKind) -> Scanned {
        let start = self.mark();
        self.unroll_indent(-1, start);
        self.remove_simple_key()?;
        self.simple_key_allowed = false;
        self.newlines = 0;
        self.pos += 3;
        self.push(kind, start);
        Ok(())
    }

    fn fetch_flow_start(&mut self, kind: TokenKind) -> Scanned {
        self.save_simple_key()?;
        let start = self.mark();
        self.simple_keys.push(SimpleKey {
            possible: false,
            required: false,
            token_number: self.parsed + self.tokens.len(),
            mark: start,
        });
        self.flow_level += 1;
        if self.flow_level > MAX_DEPTH {
            return self.error_here("exceeded max depth of 10000");
        }
        self.simple_key_allowed = true;
        self.skip_indicator();
        self.push(kind, start);
        Ok(())
    }

    fn fetch_flow_end(&mut self, kind: TokenKind) -> Scanned {
        self.remove_simple_key()?;
        if self.flow_level > 0 {
            self.flow_level -= 1;
            self.simple_keys.pop();
        }
        self.simple_key_allowed = false;
        let start = self.mark();
        self.skip_indicator();
        self.push(kind, start);
        Ok(())
    }

    fn fetch_flow_entry(&mut self) -> Scanned {
        self.remove_simple_key()?;
        self.simple_key_allowed = true;
        let start = self.mark();
        self.skip_indicator();
        self.push(TokenKind::FlowEntry, start);
        Ok(())
    }

    fn fetch_block_entry(&mut self) -> Scanned {
        let start = self.mark();
        if self.flow_level == 0 {
            if !self.simple_key_allowed {
                return self.error_here("block sequence entries are not allowed in this context");
            }
            self.roll_indent(self.column(), None, TokenKind::BlockSequenceStart, start)?;
        }
        self.remove_simple_key()?;
        self.simple_key_allowed = true;
        self.skip_indicator();
        self.push(TokenKind::BlockEntry, start);
        Ok(())
    }

    fn fetch_key(&mut self) -> Scanned {
        let start = self.mark();
        if self.flow_level == 0 {
            if !self.simple_key_allowed {
                return self.error_here("mapping keys are not allowed in this context");
            }
            self.roll_indent(self.column(), None, TokenKind::BlockMappingStart, start)?;
        }
        self.remove_simple_key()?;
        self.simple_key_allowed = self.flow_level == 0;
        self.skip_indicator();
        self.push(TokenKind::Key, start);
        Ok(())
    }

    fn fetch_value(&mut self) -> Scanned {
        let level = self.simple_keys.len() - 1;
        let key = self.simple_keys[level];
        if self.simple_key_is_valid(level)? {
            let index = key.token_number - self.parsed;
            self.tokens.insert(index, Token::new(TokenKind::Key, key.mark, key.mark));
            self.roll_indent(key.mark.column, Some(key.token_number), TokenKind::BlockMappingStart, key.mark)?;
            self.forget_simple_key(level);
            self.simple_key_allowed = false;
        } else {
            if self.flow_level == 0 {
                if !self.simple_key_allowed {
                    return self.error_here("mapping values are not allowed in this context");
                }
                self.roll_indent(self.column(), None, TokenKind::BlockMappingStart, self.mark())?;
            }
            self.simple_key_allowed = self.flow_level == 0;
        }
        let start = self.mark();
        self.skip_indicator();
        self.push(TokenKind::Value, start);
        Ok(())
    }

    /// Passes blanks, comments and line breaks up to the next token.
    fn scan_to_next_token(&mut self, scan_mark: Mark) -> Scanned {
        loop {
            let tabs = self.flow_level > 0 || !self.simple_key_allowed;
            while self.byte() == b' ' || tabs && self.byte() == b'\t' {
                self.pos += 1;
            }
            if self.keep_comments {
                self.line_comment_to_head();
            }
            if self.byte() == b'#' {
                if self.keep_comments {
                    self.scan_comments(scan_mark);
                } else {
                    self.skip_comment();
                }
            }
            if !is_break(self.buf, self.pos) {
                return Ok(());
            }
            self.skip_line();
            if self.flow_level == 0 {
                self.simple_key_allowed = true;
            }
        }
    }
}

/// libyaml's own limit, in go-yaml's form.
const MAX_DEPTH: usize = 10_000;
