//! Tokens to events: libyaml's state machine.

use crate::{
    error::YamlError,
    scan::{Mark, ScalarStyle, Scanner, Slice, Token, TokenKind},
};

/// What the composer is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EventKind {
    StreamStart,
    StreamEnd,
    DocumentStart,
    DocumentEnd,
    Alias,
    Scalar(ScalarStyle),
    SequenceStart { flow: bool },
    SequenceEnd,
    MappingStart { flow: bool },
    MappingEnd,
    TailComment,
}

/// Comments of an event.
#[derive(Debug, Default)]
pub(super) struct Comments {
    pub(super) head: String,
    pub(super) line: String,
    pub(super) foot: String,
}

/// One event.
#[derive(Debug)]
pub(super) struct Event {
    pub(super) kind: EventKind,
    pub(super) start: Mark,
    pub(super) anchor: Option<Slice>,
    /// The whole tag, empty when there is none.
    pub(super) tag: Slice,
    pub(super) value: Slice,
    pub(super) comments: Option<Box<Comments>>,
}

impl Event {
    fn new(kind: EventKind, start: Mark) -> Self {
        Self { kind, start, anchor: None, tag: Slice::default(), value: Slice::default(), comments: None }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    StreamStart,
    ImplicitDocumentStart,
    DocumentStart,
    DocumentContent,
    DocumentEnd,
    BlockNode,
    BlockSequenceFirst,
    BlockSequenceEntry,
    IndentlessSequenceEntry,
    BlockMappingFirst,
    BlockMappingKey,
    BlockMappingValue,
    FlowSequenceFirst,
    FlowSequenceEntry,
    FlowSequencePairKey,
    FlowSequencePairValue,
    FlowSequencePairEnd,
    FlowMappingFirst,
    FlowMappingKey,
    FlowMappingValue,
    FlowMappingEmptyValue,
    End,
}

type Parsed<T = Event> = Result<T, YamlError>;

/// The parser: pulls tokens, gives events.
pub(super) struct Parser<'a> {
    pub(super) scanner: Scanner<'a>,
    state: State,
    states: Vec<State>,
    marks: Vec<Mark>,
    tag_directives: Vec<(String, String)>,
    pending: Comments,
    tail: String,
    stem: String,
}

impl<'a> Parser<'a> {
    pub(super) fn new(scanner: Scanner<'a>) -> Self {
        Self {
            scanner,
            state: State::StreamStart,
            states: Vec::new(),
            marks: Vec::new(),
            tag_directives: Vec::new(),
            pending: Comments::default(),
            tail: String::new(),
            stem: String::new(),
        }
    }

    /// The next event; `StreamEnd` for ever once the text is over.
    pub(super) fn next(&mut self) -> Parsed {
        match self.state {
            State::StreamStart => self.stream_start(),
            State::ImplicitDocumentStart => self.document_start(true),
            State::DocumentStart => self.document_start(false),
            State::DocumentContent => self.document_content(),
            State::DocumentEnd => self.document_end(),
            State::BlockNode => self.node(true, false),
            State::BlockSequenceFirst => self.block_sequence_entry(true),
            State::BlockSequenceEntry => self.block_sequence_entry(false),
            State::IndentlessSequenceEntry => self.indentless_sequence_entry(),
            State::BlockMappingFirst => self.block_mapping_key(true),
            State::BlockMappingKey => self.block_mapping_key(false),
            State::BlockMappingValue => self.block_mapping_value(),
            State::FlowSequenceFirst => self.flow_sequence_entry(true),
            State::FlowSequenceEntry => self.flow_sequence_entry(false),
            State::FlowSequencePairKey => self.flow_sequence_pair_key(),
            State::FlowSequencePairValue => self.flow_sequence_pair_value(),
            State::FlowSequencePairEnd => self.flow_sequence_pair_end(),
            State::FlowMappingFirst => self.flow_mapping_key(true),
            State::FlowMappingKey => self.flow_mapping_key(false),
            State::FlowMappingValue => self.flow_mapping_value(false),
            State::FlowMappingEmptyValue => self.flow_mapping_value(true),
            State::End => Ok(Event::new(EventKind::StreamEnd, Mark::default())),
        }
    }

    /// The next token. Inlined, so that no `Result` of this size is copied about.
    #[inline(always)]
    fn peek(&mut self) -> Parsed<Token> {
        self.scanner.ready()?;
        if self.scanner.first_comment().is_some() {
            self.unfold_comments();
        }
        Ok(*self.scanner.head())
    }

    /// Collects the comments that belong to the next token or to what stands before it.
    fn unfold_comments(&mut self) {
        let token = *self.scanner.head();
        while let Some(comment) = self.scanner.first_comment() {
            if token.order < comment.token.at as isize {
                break;
            }
            if !comment.head.is_empty() && token.kind == TokenKind::BlockEnd {
                // An end has no head: it stays for the token that follows.
                break;
            }
            if let Some(comment) = self.scanner.take_comment() {
                join(&mut self.pending.head, &comment.head);
                join(&mut self.pending.foot, &comment.foot);
                join(&mut self.pending.line, &comment.line);
            }
        }
    }

    fn skip(&mut self) {
        self.scanner.take();
    }

    fn pop_state(&mut self) {
        self.state = self.states.pop().unwrap_or(State::End);
    }

    fn set_comments(&mut self, event: &mut Event) {
        let pending = &self.pending;
        if !pending.head.is_empty() || !pending.line.is_empty() || !pending.foot.is_empty() {
            event.comments = Some(Box::new(std::mem::take(&mut self.pending)));
        }
        self.tail.clear();
        self.stem.clear();
    }

    fn error<T>(problem: &'static str, at: Mark) -> Parsed<T> {
        Err(YamlError::new(problem, at.at))
    }

    fn error_in<T>(context: &'static str, from: Mark, problem: &'static str, at: Mark) -> Parsed<T> {
        Err(YamlError::new(problem, at.at).while_(context, from.at))
    }

    fn stream_start(&mut self) -> Parsed {
        let token = self.peek()?;
        self.state = State::ImplicitDocumentStart;
        self.skip();
        Ok(Event::new(EventKind::StreamStart, token.start))
    }

    fn document_start(&mut self, implicit: bool) -> Parsed {
        let mut token = self.peek()?;
        while !implicit && token.kind == TokenKind::DocumentEnd {
            self.skip();
            token = self.peek()?;
        }
        let start = token.start;
        match token.kind {
            TokenKind::StreamEnd => {
                self.state = State::End;
                Ok(Event::new(EventKind::StreamEnd, start))
            }
            TokenKind::VersionDirective | TokenKind::TagDirective | TokenKind::DocumentStart => {
                self.explicit_document(start)
            }
            _ if implicit => {
                self.process_directives()?;
                self.states.push(State::DocumentEnd);
                self.state = State::BlockNode;
                let mut event = Event::new(EventKind::DocumentStart, start);
                let head = split_document_head(&mut self.pending.head);
                if !head.is_empty() {
                    event.comments = Some(Box::new(Comments { head, ..Comments::default() }));
                }
                Ok(event)
            }
            _ => self.explicit_document(start),
        }
    }

    fn explicit_document(&mut self, start: Mark) -> Parsed {
        self.process_directives()?;
        let token = self.peek()?;
        if token.kind != TokenKind::DocumentStart {
            return Self::error("did not find expected <document start>", token.start);
        }
        self.states.push(State::DocumentEnd);
        self.state = State::DocumentContent;
        self.skip();
        Ok(Event::new(EventKind::DocumentStart, start))
    }

    fn document_content(&mut self) -> Parsed {
        let token = self.peek()?;
        match token.kind {
            TokenKind::VersionDirective
            | TokenKind::TagDirective
            | TokenKind::DocumentStart
            | TokenKind::DocumentEnd
            | TokenKind::StreamEnd => {
                self.pop_state();
                Ok(Self::empty_scalar(token.start))
            }
            _ => self.node(true, false),
        }
    }

    fn document_end(&mut self) -> Parsed {
        let token = self.peek()?;
        if token.kind == TokenKind::DocumentEnd {
            self.skip();
        }
        self.tag_directives.clear();
        self.state = State::DocumentStart;
        let mut event = Event::new(EventKind::DocumentEnd, token.start);
        self.set_comments(&mut event);
        if let Some(comments) = &mut event.comments
            && comments.foot.is_empty()
        {
            comments.foot = std::mem::take(&mut comments.head);
        }
        Ok(event)
    }

    fn process_directives(&mut self) -> Parsed<()> {
        let mut version = false;
        let mut token = self.peek()?;
        while matches!(token.kind, TokenKind::VersionDirective | TokenKind::TagDirective) {
            if token.kind == TokenKind::VersionDirective {
                if version {
                    return Self::error("found duplicate %YAML directive", token.start);
                }
                if (token.value.len, token.suffix.len) != (1, 1) {
                    return Self::error("found incompatible YAML document", token.start);
                }
                version = true;
            } else {
                let handle = self.scanner.text(token.value).to_owned();
                if self.tag_directives.iter().any(|it| it.0 == handle) {
                    return Self::error("found duplicate %TAG directive", token.start);
                }
                let prefix = self.scanner.text(token.suffix).to_owned();
                self.tag_directives.push((handle, prefix));
            }
            self.skip();
            token = self.peek()?;
        }
        Ok(())
    }

    fn empty_scalar(at: Mark) -> Event {
        Event::new(EventKind::Scalar(ScalarStyle::Plain), at)
    }

    /// Whether an anchor or a tag begins a node; its place, anchor and tag, and the token after them.
    fn properties(&mut self, mut token: Token) -> Parsed<(Mark, Option<Slice>, Slice, Token)> {
        let start = token.start;
        let mut anchor = None;
        let mut tag = None;
        for _ in 0..2 {
            match token.kind {
                TokenKind::Anchor if anchor.is_none() => anchor = Some(token.value),
                TokenKind::Tag if tag.is_none() => tag = Some(token),
                _ => break,
            }
            self.skip();
            token = self.peek()?;
        }
        let tag = match tag {
            Some(tag) => self.whole_tag(tag, start)?,
            None => Slice::default(),
        };
        Ok((start, anchor, tag, token))
    }

    fn whole_tag(&mut self, tag: Token, start: Mark) -> Parsed<Slice> {
        if tag.value.len == 0 {
            return Ok(tag.suffix);
        }
        let handle = self.scanner.text(tag.value);
        let prefix = match self.tag_directives.iter().find(|it| it.0 == handle) {
            Some((_, prefix)) => prefix.as_str(),
            None if handle == "!" => "!",
            None if handle == "!!" => crate::tree::LONG_TAG,
            None => return Self::error_in("while parsing a node", start, "found undefined tag handle", tag.start),
        };
        let whole = format!("{prefix}{}", self.scanner.text(tag.suffix));
        Ok(self.scanner.keep(&whole))
    }

    fn node(&mut self, block: bool, indentless: bool) -> Parsed {
        let token = self.peek()?;
        if token.kind == TokenKind::Alias {
            self.pop_state();
            let mut event = Event::new(EventKind::Alias, token.start);
            event.value = token.value;
            self.set_comments(&mut event);
            self.skip();
            return Ok(event);
        }
        let (start, anchor, tag, token) = self.properties(token)?;
        let mut event = Event::new(EventKind::Scalar(ScalarStyle::Plain), start);
        event.anchor = anchor;
        event.tag = tag;
        match token.kind {
            TokenKind::BlockEntry if indentless => {
                self.state = State::IndentlessSequenceEntry;
                event.kind = EventKind::SequenceStart { flow: false };
            }
            TokenKind::Scalar(style) => {
                self.pop_state();
                event.kind = EventKind::Scalar(style);
                event.value = token.value;
                self.set_comments(&mut event);
                self.skip();
            }
            TokenKind::FlowSequenceStart => {
                self.state = State::FlowSequenceFirst;
                event.kind = EventKind::SequenceStart { flow: true };
                self.set_comments(&mut event);
            }
            TokenKind::FlowMappingStart => {
                self.state = State::FlowMappingFirst;
                event.kind = EventKind::MappingStart { flow: true };
                self.set_comments(&mut event);
            }
            TokenKind::BlockSequenceStart if block => {
                self.state = State::BlockSequenceFirst;
                event.kind = EventKind::SequenceStart { flow: false };
                self.take_stem(&mut event);
            }
            TokenKind::BlockMappingStart if block => {
                self.state = State::BlockMappingFirst;
                event.kind = EventKind::MappingStart { flow: false };
                self.take_stem(&mut event);
            }
            _ if anchor.is_some() || tag.len > 0 => self.pop_state(),
            _ => {
                let context = if block { "while parsing a block node" } else { "while parsing a flow node" };
                return Self::error_in(context, start, "did not find expected node content", token.start);
            }
        }
        Ok(event)
    }

    fn take_stem(&mut self, event: &mut Event) {
        if !self.stem.is_empty() {
            let head = std::mem::take(&mut self.stem);
            event.comments = Some(Box::new(Comments { head, ..Comments::default() }));
        }
    }

    fn open(&mut self, first: bool) -> Parsed<Token> {
        if first {
            let token = self.peek()?;
            self.marks.push(token.start);
            self.skip();
        }
        self.peek()
    }

    fn close(&mut self, kind: EventKind, token: Token) -> Event {
        self.pop_state();
        self.marks.pop();
        Event::new(kind, token.start)
    }

    fn unexpected<T>(&mut self, context: &'static str, problem: &'static str, token: Token) -> Parsed<T> {
        let from = self.marks.pop().unwrap_or_default();
        Self::error_in(context, from, problem, token.start)
    }

    fn block_sequence_entry(&mut self, first: bool) -> Parsed {
        let token = self.open(first)?;
        match token.kind {
            TokenKind::BlockEntry => {
                let next = self.after_block_entry()?;
                if matches!(next.kind, TokenKind::BlockEntry | TokenKind::BlockEnd) {
                    self.state = State::BlockSequenceEntry;
                    return Ok(Self::empty_scalar(token.end));
                }
                self.states.push(State::BlockSequenceEntry);
                self.node(true, false)
            }
            TokenKind::BlockEnd => {
                let event = self.close(EventKind::SequenceEnd, token);
                self.skip();
                Ok(event)
            }
            _ => self.unexpected("while parsing a block collection", "did not find expected '-' indicator", token),
        }
    }

    fn indentless_sequence_entry(&mut self) -> Parsed {
        let token = self.peek()?;
        if token.kind != TokenKind::BlockEntry {
            self.pop_state();
            return Ok(Event::new(EventKind::SequenceEnd, token.start));
        }
        let next = self.after_block_entry()?;
        if matches!(next.kind, TokenKind::BlockEntry | TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd) {
            self.state = State::IndentlessSequenceEntry;
            return Ok(Self::empty_scalar(token.end));
        }
        self.states.push(State::IndentlessSequenceEntry);
        self.node(true, false)
    }

    /// Passes `-`; the head comment before it belongs to the collection that follows as a whole.
    fn after_block_entry(&mut self) -> Parsed<Token> {
        let head_len = self.pending.head.len();
        self.skip();
        let token = self.peek()?;
        if head_len > 0 && matches!(token.kind, TokenKind::BlockSequenceStart | TokenKind::BlockMappingStart) {
            let mut stem = std::mem::take(&mut self.pending.head);
            if stem.len() > head_len {
                self.pending.head = stem[head_len + 1..].to_owned();
                stem.truncate(head_len);
            }
            self.stem = stem;
        }
        Ok(token)
    }

    fn block_mapping_key(&mut self, first: bool) -> Parsed {
        let token = self.open(first)?;
        if !self.tail.is_empty() {
            let foot = std::mem::take(&mut self.tail);
            let mut event = Event::new(EventKind::TailComment, token.start);
            event.comments = Some(Box::new(Comments { foot, ..Comments::default() }));
            return Ok(event);
        }
        match token.kind {
            TokenKind::Key => {
                self.skip();
                let next = self.peek()?;
                if matches!(next.kind, TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd) {
                    self.state = State::BlockMappingValue;
                    return Ok(Self::empty_scalar(token.end));
                }
                self.states.push(State::BlockMappingValue);
                self.node(true, true)
            }
            TokenKind::BlockEnd => {
                let mut event = self.close(EventKind::MappingEnd, token);
                self.set_comments(&mut event);
                self.skip();
                Ok(event)
            }
            _ => self.unexpected("while parsing a block mapping", "did not find expected key", token),
        }
    }

    fn block_mapping_value(&mut self) -> Parsed {
        let token = self.peek()?;
        if token.kind != TokenKind::Value {
            self.state = State::BlockMappingKey;
            return Ok(Self::empty_scalar(token.start));
        }
        self.skip();
        let next = self.peek()?;
        if matches!(next.kind, TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd) {
            self.state = State::BlockMappingKey;
            return Ok(Self::empty_scalar(token.end));
        }
        self.states.push(State::BlockMappingKey);
        self.node(true, true)
    }

    fn flow_sequence_entry(&mut self, first: bool) -> Parsed {
        let mut token = self.open(first)?;
        if token.kind != TokenKind::FlowSequenceEnd {
            if !first {
                if token.kind != TokenKind::FlowEntry {
                    return self.unexpected("while parsing a flow sequence", "did not find expected ',' or ']'", token);
                }
                self.skip();
                token = self.peek()?;
            }
            if token.kind == TokenKind::Key {
                self.state = State::FlowSequencePairKey;
                self.skip();
                return Ok(Event::new(EventKind::MappingStart { flow: true }, token.start));
            }
            if token.kind != TokenKind::FlowSequenceEnd {
                self.states.push(State::FlowSequenceEntry);
                return self.node(false, false);
            }
        }
        let mut event = self.close(EventKind::SequenceEnd, token);
        self.set_comments(&mut event);
        self.skip();
        Ok(event)
    }

    fn flow_sequence_pair_key(&mut self) -> Parsed {
        let token = self.peek()?;
        if matches!(token.kind, TokenKind::Value | TokenKind::FlowEntry | TokenKind::FlowSequenceEnd) {
            // As upstream does it, the token that ends the empty key is passed.
            self.skip();
            self.state = State::FlowSequencePairValue;
            return Ok(Self::empty_scalar(token.end));
        }
        self.states.push(State::FlowSequencePairValue);
        self.node(false, false)
    }

    fn flow_sequence_pair_value(&mut self) -> Parsed {
        let token = self.peek()?;
        if token.kind == TokenKind::Value {
            self.skip();
            let next = self.peek()?;
            if !matches!(next.kind, TokenKind::FlowEntry | TokenKind::FlowSequenceEnd) {
                self.states.push(State::FlowSequencePairEnd);
                return self.node(false, false);
            }
        }
        self.state = State::FlowSequencePairEnd;
        Ok(Self::empty_scalar(token.start))
    }

    fn flow_sequence_pair_end(&mut self) -> Parsed {
        let token = self.peek()?;
        self.state = State::FlowSequenceEntry;
        Ok(Event::new(EventKind::MappingEnd, token.start))
    }

    fn flow_mapping_key(&mut self, first: bool) -> Parsed {
        let mut token = self.open(first)?;
        if token.kind != TokenKind::FlowMappingEnd {
            if !first {
                if token.kind != TokenKind::FlowEntry {
                    return self.unexpected("while parsing a flow mapping", "did not find expected ',' or '}'", token);
                }
                self.skip();
                token = self.peek()?;
            }
            if token.kind == TokenKind::Key {
                self.skip();
                token = self.peek()?;
                if matches!(token.kind, TokenKind::Value | TokenKind::FlowEntry | TokenKind::FlowMappingEnd) {
                    self.state = State::FlowMappingValue;
                    return Ok(Self::empty_scalar(token.start));
                }
                self.states.push(State::FlowMappingValue);
                return self.node(false, false);
            }
            if token.kind != TokenKind::FlowMappingEnd {
                self.states.push(State::FlowMappingEmptyValue);
                return self.node(false, false);
            }
        }
        let mut event = self.close(EventKind::MappingEnd, token);
        self.set_comments(&mut event);
        self.skip();
        Ok(event)
    }

    fn flow_mapping_value(&mut self, empty: bool) -> Parsed {
        let token = self.peek()?;
        self.state = State::FlowMappingKey;
        if empty {
            return Ok(Self::empty_scalar(token.start));
        }
        if token.kind == TokenKind::Value {
            self.skip();
            let next = self.peek()?;
            if !matches!(next.kind, TokenKind::FlowEntry | TokenKind::FlowMappingEnd) {
                self.states.push(State::FlowMappingKey);
                return self.node(false, false);
            }
            return Ok(Self::empty_scalar(next.start));
        }
        Ok(Self::empty_scalar(token.start))
    }
}

fn join(to: &mut String, more: &str) {
    if more.is_empty() {
        return;
    }
    if !to.is_empty() {
        to.push('\n');
    }
    to.push_str(more);
}

/// Splits the head comment at its last empty line: what stands above belongs to the document, and is given back.
fn split_document_head(head: &mut String) -> String {
    let bytes = head.as_bytes();
    for i in (1..bytes.len()).rev() {
        if bytes[i] != b'\n' {
            continue;
        }
        let end = if i == bytes.len() - 1 {
            i
        } else if bytes[i - 1] == b'\n' {
            i - 1
        } else {
            continue;
        };
        let rest = head[i + 1..].to_owned();
        let mut first = std::mem::replace(head, rest);
        first.truncate(end);
        return first;
    }
    String::new()
}
