//! What was built.
//!
//! In: a finished build. Out: its objects, as YAML, and where every value came from.

use std::sync::Arc;

use tidegate_base::{Diagnostic, Origin, Place, Recorder, RepoPath};
use tidegate_yaml::{NodeId, Tree, Value, YamlError, reread, write::resource};

use crate::{
    build::Build,
    cause::Causes,
    res_map::ResMap,
    store::{Done, Fault},
    text::{Sources, Spot},
};

/// The outcome of a build: objects unless an error was found, and every problem.
pub struct Outcome<R> {
    /// The objects; nothing when the root cannot be built.
    pub built: Option<Built<R>>,
    /// Errors and warnings, in the order in which they were found.
    pub problems: Vec<Diagnostic>,
    /// Files that were read, each once, sorted: what the outcome depends on.
    pub reads: Vec<ReadFile>,
    /// What the build cost.
    pub cost: Cost,
}

/// A file that a build read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReadFile {
    /// 0 for the tree that was built, else the number of the remote, from 1.
    pub tree: usize,
    /// The file.
    pub path: RepoPath,
}

/// What a build cost, in the units of the limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cost {
    /// Nodes that were made.
    pub nodes: u64,
    /// Steps that were counted.
    pub steps: u64,
    /// Bytes that were read.
    pub input_bytes: u64,
}

/// The objects of a root.
#[derive(Debug)]
pub struct Built<R> {
    objects: Vec<Object>,
    tree: Tree,
    recorder: R,
    causes: Causes,
    sources: Sources,
    limit: u64,
    labels: Arc<[String]>,
}

/// An object, by what identifies it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Group and version: `apps/v1`.
    pub api_version: String,
    /// The kind.
    pub kind: String,
    /// The namespace; empty when it names none.
    pub namespace: String,
    /// The name.
    pub name: String,
    node: NodeId,
}

/// Something that had a hand in a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What set the value: a field of a kustomization file such as `images`, or a plugin's kind. Empty for the file that
    /// the value was read from.
    pub what: &'static str,
    /// Where it is configured, or where the value stands.
    pub place: Option<Place>,
}

/// The YAML of one object, as kustomize prints it.
pub(crate) fn object_yaml(tree: &Tree, node: NodeId) -> Done<String> {
    let mut out = String::new();
    resource::write(&mut out, tree, node, None).map_err(|it| unwritable(&it))?;
    Ok(out)
}

fn unwritable(error: &YamlError) -> Fault {
    Fault::from(error.clone()).code("unwritable")
}

impl<R: Recorder> Built<R> {
    pub(crate) fn new(build: Build<'_, R>, resources: &ResMap) -> Self {
        let object = |node: NodeId| {
            let resource = crate::resource::Resource::new(node);
            Object {
                api_version: resource.api_version(&build.store).to_owned(),
                kind: resource.kind(&build.store).to_owned(),
                namespace: resource.namespace(&build.store).to_owned(),
                name: resource.name(&build.store).to_owned(),
                node,
            }
        };
        Self {
            objects: resources.list().iter().map(|it| object(it.node)).collect(),
            limit: build.limits.output_bytes,
            labels: build.worlds.iter().map(|it| it.label().to_owned()).collect(),
            causes: build.causes,
            sources: build.sources,
            tree: build.store.tree,
            recorder: build.store.recorder,
        }
    }

    /// The objects, in the order in which they are printed.
    pub fn objects(&self) -> &[Object] {
        &self.objects
    }

    /// All objects as YAML, with `---` between them.
    ///
    /// # Errors
    /// An object holds what YAML cannot, or the text is longer than the limit `output-bytes`.
    pub fn yaml(&self) -> Result<String, Box<Diagnostic>> {
        self.write(false)
    }

    /// As [`yaml`](Self::yaml), with a comment behind every value that tells where it came from.
    ///
    /// # Errors
    /// As [`yaml`](Self::yaml).
    pub fn yaml_with_origins(&self) -> Result<String, Box<Diagnostic>> {
        self.write(true)
    }

    fn write(&self, origins: bool) -> Result<String, Box<Diagnostic>> {
        let mut out = String::new();
        for (index, object) in self.objects.iter().enumerate() {
            if index > 0 {
                out.push_str("---\n");
            }
            self.write_object(&mut out, object, origins)?;
        }
        Ok(out)
    }

    /// Appends the YAML of one object.
    ///
    /// # Errors
    /// As [`yaml`](Self::yaml).
    pub fn write_object(&self, out: &mut String, object: &Object, origins: bool) -> Result<(), Box<Diagnostic>> {
        let note = |node: NodeId| self.note(node);
        let note: Option<&dyn Fn(NodeId) -> Option<String>> = if origins { Some(&note) } else { None };
        resource::write(out, &self.tree, object.node, note).map_err(|it| self.diagnostic(object, &it))?;
        if out.len() as u64 > self.limit {
            let limit =
                tidegate_base::LimitError { name: "output-bytes", allowed: self.limit, asked: out.len() as u64 };
            let fault = Fault::from(limit);
            return Err(Box::new(Diagnostic::error("limit", fault.message).hint(fault.hint.unwrap_or_default())));
        }
        Ok(())
    }

    fn diagnostic(&self, object: &Object, error: &YamlError) -> Box<Diagnostic> {
        let message = format!("`{} {}` cannot be written: {}", object.kind, object.name, error.problem);
        let place = if error.at == 0 { None } else { self.sources.place(&self.tree, error.at as u32) };
        Box::new(Diagnostic::error("unwritable", message).at(place).hint("correct the value"))
    }

    /// An object as a value, with the types that its YAML has.
    ///
    /// # Errors
    /// The object holds what YAML cannot.
    pub fn value(&self, object: &Object) -> Result<Value, Box<Diagnostic>> {
        reread(&self.tree, object.node).map_err(|it| self.diagnostic(object, &it))
    }

    /// What had a hand in the value of a node: the last to set it first, the file that it was read from last.
    fn steps(&self, node: NodeId) -> Vec<Step> {
        let mut out = Vec::new();
        let mut origin = self.tree.origin(node);
        for _ in 0..1000 {
            match origin.as_step().map(|it| self.recorder.steps()[it as usize]) {
                Some(step) => {
                    let cause = self.causes.get(step.cause);
                    let at = if step.from == Origin::UNKNOWN { cause.map(|it| it.at) } else { Some(step.from) };
                    let place = at.and_then(|it| self.place(it));
                    out.push(Step { what: cause.map_or("", |it| it.what), place });
                    origin = step.before;
                }
                None => {
                    if let Some(place) = self.place(origin) {
                        out.push(Step { what: "", place: Some(place) });
                    }
                    break;
                }
            }
        }
        out
    }

    fn place(&self, origin: Origin) -> Option<Place> {
        let mut origin = origin;
        for _ in 0..64 {
            match origin.as_step() {
                Some(step) => {
                    let step = self.recorder.steps()[step as usize];
                    origin = if step.from == Origin::UNKNOWN { step.before } else { step.from };
                }
                None => break,
            }
        }
        self.sources.place_of(&self.tree, origin)
    }

    /// The comment that tells where a value came from.
    fn note(&self, node: NodeId) -> Option<String> {
        let steps = self.steps(node);
        let shown = |step: &Step| {
            let place = step.place.as_ref().map(|it| format!("{}:{}", it.path, it.line));
            match (step.what, place) {
                ("", place) => place,
                (what, Some(place)) => Some(format!("{what} {place}")),
                (what, None) => Some(what.to_owned()),
            }
        };
        let mut parts: Vec<String> = Vec::new();
        for part in steps.iter().filter_map(shown) {
            if parts.last() != Some(&part) {
                parts.push(part);
            }
        }
        (!parts.is_empty()).then(|| parts.join(" < "))
    }

    /// Names of the trees that were read: the one that was built, then the remotes.
    pub fn trees(&self) -> &[String] {
        &self.labels
    }
}

/// The files of a build, each once.
pub(crate) fn read_files(reads: Vec<Spot>) -> Vec<ReadFile> {
    let mut files: Vec<ReadFile> = reads.into_iter().map(|it| ReadFile { tree: it.world, path: it.path }).collect();
    files.sort();
    files.dedup();
    files
}
