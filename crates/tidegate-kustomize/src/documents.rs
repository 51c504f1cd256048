//! Objects out of a text.
//!
//! In: YAML with any number of documents. Out: the roots of its objects, lists unwrapped.
//!
//! Implements: kio.FromBytes of sigs.k8s.io/kustomize/kyaml v0.21.1 and resource.Factory of api v0.21.1.
//! Keeps:      documents are split by lines that start with `---` before anything is parsed, and of what is between two
//!             such lines only the first document counts; empty ones are passed over; items of a `…List` come last.

use std::{borrow::Cow, collections::VecDeque};

use tidegate_base::Recorder;
use tidegate_yaml::{Document, Kind, NodeId};

use crate::{
    build::{Build, TextAt},
    files::Parsed,
    json::{From, Into, through_json},
    store::{Done, Fault, Where},
};

/// The objects in `text`.
///
/// # Errors
/// It is not YAML, or holds something that is no object.
pub(crate) fn resource_nodes<R: Recorder>(build: &mut Build<'_, R>, text: &str, at: &TextAt) -> Done<Vec<NodeId>> {
    let text = unify_line_ends(text);
    let chunks = split(&text);
    let only = chunks.len() == 1;
    let mut nodes = Vec::new();
    for chunk in chunks {
        let place = TextAt { lines_before: at.lines_before + chunk.line, ..at.clone() };
        if chunk.bad_separator {
            return Err(bad_separator(build, chunk.text, &place));
        }
        let document = build.parse(chunk.text, &place, true)?;
        take(build, document, only, &mut nodes)?;
    }
    objects(build, nodes)
}

/// The objects of a file that was parsed before.
///
/// # Errors
/// As [`resource_nodes`]; or a limit is met.
pub(crate) fn parsed_nodes<R: Recorder>(build: &mut Build<'_, R>, file: &Parsed, at: &TextAt) -> Done<Vec<NodeId>> {
    let shift = build.store.tree.absorb(&file.tree);
    if let Some(limit) = build.store.tree.overflow() {
        return Err(limit.into());
    }
    let mut nodes = Vec::new();
    for chunk in &file.chunks {
        let place = TextAt { lines_before: at.lines_before + chunk.line, ..at.clone() };
        build.note_run(shift.text() + chunk.start, chunk.len, &place);
        take(build, chunk.document.map(|it| shift.document(it)), file.chunks.len() == 1, &mut nodes)?;
    }
    objects(build, nodes)
}

/// The text with the line ends of Windows replaced.
pub(crate) fn unify_line_ends(text: &str) -> Cow<'_, str> {
    if memchr::memchr(b'\r', text.as_bytes()).is_some() {
        Cow::Owned(text.replace("\r\n", "\n"))
    } else {
        Cow::Borrowed(text)
    }
}

/// A part of a text between two separators.
pub(crate) struct Chunk<'a> {
    pub(crate) text: &'a str,
    /// Lines of the text before it.
    pub(crate) line: u32,
    /// Whether the separator at its end has something behind it.
    pub(crate) bad_separator: bool,
}

pub(crate) fn split(text: &str) -> Vec<Chunk<'_>> {
    let mut chunks = Vec::new();
    let (mut from, mut line, mut search) = (0, 0, 0);
    while let Some(found) = memchr::memmem::find(&text.as_bytes()[search..], b"\n---") {
        let at = search + found;
        let Some(length) = memchr::memchr(b'\n', &text.as_bytes()[at + 4..]) else {
            break;
        };
        let end = at + 4 + length;
        let behind = text[at + 4..end].trim_start();
        let bad = !behind.is_empty() && !behind.starts_with('#');
        let chunk = &text[from..=at];
        chunks.push(Chunk { text: chunk, line, bad_separator: bad });
        line += memchr::memchr_iter(b'\n', chunk.as_bytes()).count() as u32 + 1;
        (from, search) = (end + 1, end + 1);
    }
    if !text.is_empty() {
        chunks.push(Chunk { text: &text[from..], line, bad_separator: false });
    }
    chunks
}

fn bad_separator<R: Recorder>(build: &mut Build<'_, R>, text: &str, at: &TextAt) -> Fault {
    let start = build.note_text(text, at);
    Fault {
        place: Where::Text(start + text.len() as u32),
        ..Fault::new("the document separator has something behind it").code("invalid-yaml")
    }
    .hint("put what follows `---` on a line of its own")
}

/// Adds the objects of a document: itself, or the items of a list.
fn take<R: Recorder>(
    build: &mut Build<'_, R>,
    document: Option<Document>,
    only: bool,
    nodes: &mut Vec<NodeId>,
) -> Done {
    let Some(document) = document.filter(|it| !build.store.is_null(it.root)) else {
        return Ok(());
    };
    let tree = &build.store.tree;
    let root = document.root;
    let kind = build.store.text(root, "kind");
    let items = tree.get(root, "items");
    if only
        && matches!(kind, "List" | "ResourceList")
        && (items.is_some() || tree.get(root, "functionConfig").is_some())
    {
        let items = items.map_or_else(Vec::new, |it| tree.content(it).to_vec());
        for item in items {
            let document = Document { root: item, ..document };
            nodes.push(build.without_anchors(document)?);
        }
        return Ok(());
    }
    nodes.push(build.without_anchors(document)?);
    Ok(())
}

/// Those of the documents that are not empty, as objects.
fn objects<R: Recorder>(build: &mut Build<'_, R>, mut nodes: Vec<NodeId>) -> Done<Vec<NodeId>> {
    nodes.retain(|&it| !build.store.is_empty(it));
    for &node in &nodes {
        validate(build, node)?;
    }
    expand_lists(build, nodes)
}

/// That a node is an object: it has a kind and, unless it is a list, a name.
pub(crate) fn validate<R: Recorder>(build: &Build<'_, R>, node: NodeId) -> Done {
    let store = &build.store;
    if store.tree.kind(node) != Kind::Mapping {
        let found = crate::store::kind_name(store.tree.kind(node));
        return Err(Fault::at(format!("an object is due, found a {found}"), node).code("no-object").hint(NO_OBJECT));
    }
    let kind = store.text(node, "kind");
    if kind.is_empty() {
        return Err(Fault::at("the object has no `kind`", node).code("no-object").hint(NO_OBJECT));
    }
    if kind.ends_with("List") {
        return Ok(());
    }
    let meta = store.tree.get(node, "metadata").filter(|&it| !store.is_empty(it));
    if meta.is_none_or(|it| store.text(it, "name").is_empty()) {
        let fault = Fault::at(format!("the {kind} has no `metadata.name`"), node).code("no-object");
        return Err(fault.hint("give it a name"));
    }
    Ok(())
}

const NO_OBJECT: &str = "every document of this file must be a Kubernetes object with `apiVersion`, `kind` and \
                         `metadata.name`";

/// Replaces every `…List` that has items by them, behind all others.
fn expand_lists<R: Recorder>(build: &mut Build<'_, R>, nodes: Vec<NodeId>) -> Done<Vec<NodeId>> {
    let mut todo = VecDeque::from(nodes);
    let mut out = Vec::with_capacity(todo.len());
    while let Some(node) = todo.pop_front() {
        build.step(1)?;
        if !build.store.text(node, "kind").ends_with("List") {
            out.push(node);
            continue;
        }
        let Some(items) = build.store.tree.get(node, "items") else {
            out.push(node);
            continue;
        };
        if build.store.is_null(items) {
            continue;
        }
        if build.store.tree.kind(items) != Kind::Sequence {
            let kind = build.store.text(node, "kind").to_owned();
            return Err(Fault::at(format!("`items` of a {kind} must be a list"), items).code("no-object"));
        }
        for item in build.store.tree.content(items).to_vec() {
            let item = through_json(&mut build.store, item, From::Decoded, Into::Flow)?;
            todo.extend(unwrap(build, item)?);
        }
    }
    Ok(out)
}

/// The objects that an item of a list holds.
fn unwrap<R: Recorder>(build: &Build<'_, R>, item: NodeId) -> Done<Vec<NodeId>> {
    let store = &build.store;
    let items = store.tree.get(item, "items");
    let is_list = matches!(store.text(item, "kind"), "List" | "ResourceList");
    let nodes = match items {
        Some(items) if is_list => store.tree.content(items).to_vec(),
        None if is_list && store.tree.get(item, "functionConfig").is_some() => Vec::new(),
        _ => vec![item],
    };
    let nodes: Vec<NodeId> = nodes.into_iter().filter(|&it| !store.is_empty(it)).collect();
    for &node in &nodes {
        validate(build, node)?;
    }
    Ok(nodes)
}
