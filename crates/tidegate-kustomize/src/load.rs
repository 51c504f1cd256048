//! A kustomization with everything that it names, read from files.
//!
//! In: a folder. Out: the tree of kustomizations below it, their objects, patches and settings; every problem found on
//! the way is reported, not only the first.
//!
//! Implements: internal/target (Load, accumulateResources) and internal/loader of sigs.k8s.io/kustomize/api v0.21.1.
//! Keeps:      an entry is a file if there is one, else a repository's URL, else a folder; a root that contains one that
//!             leads to it is a cycle; clones may not load files from outside of a kustomization's folder.
//! Differs:    nothing is fetched: URLs are looked up among the given local copies.

mod entry;
mod patch;

use std::sync::Arc;

use tidegate_base::{Diagnostic, FileKind, Recorder, RepoPath};
use tidegate_yaml::NodeId;

pub(crate) use entry::{Entry, load_entries};
pub(crate) use patch::{
    LoadedPatch, PatchBody, load_json_patch, load_patch, load_strategic_merge, load_strategic_merge_text,
};

use crate::{
    build::{Build, Failed, ReadError, Reported, TextAt},
    config::Config,
    documents::{parsed_nodes, resource_nodes},
    file::{self, FileKind as Kind, GeneratorArgs, KustomizationFile, Replacement},
    generate::{Data, load_data},
    options::Restrictor,
    reader::Text,
    store::{Done, Fault},
    text::Spot,
};

/// Names that a kustomization file may have.
pub const FILE_NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// A kustomization, loaded.
pub(crate) struct Loaded {
    pub(crate) folder: Spot,
    /// The name of its file.
    pub(crate) file_name: &'static str,
    pub(crate) file: KustomizationFile,
    pub(crate) resources: Vec<Entry>,
    pub(crate) components: Vec<Entry>,
    pub(crate) generators: Vec<Entry>,
    pub(crate) transformers: Vec<Entry>,
    pub(crate) validators: Vec<Entry>,
    /// The built-in configuration, or what `configurations` say instead of it.
    pub(crate) config: Arc<Config>,
    pub(crate) crds: Arc<Config>,
    pub(crate) openapi: Option<Arc<[u8]>>,
    pub(crate) strategic_merges: Vec<LoadedPatch>,
    pub(crate) patches: Vec<LoadedPatch>,
    pub(crate) json_patches: Vec<LoadedPatch>,
    pub(crate) replacements: Vec<Replacement>,
    pub(crate) config_maps: Vec<(GeneratorArgs, Data)>,
    pub(crate) secrets: Vec<(GeneratorArgs, Data)>,
}

/// A folder that is being loaded, and what led to it.
pub(crate) struct Visit<'a> {
    pub(crate) folder: Spot,
    /// The URL by which a remote base was reached.
    pub(crate) url: Option<&'a str>,
    pub(crate) from: Option<&'a Visit<'a>>,
    pub(crate) level: u64,
}

impl<'a> Visit<'a> {
    pub(crate) fn root(folder: Spot) -> Self {
        Self { folder, url: None, from: None, level: 0 }
    }

    /// This visit and those that led to it.
    pub(crate) fn chain(&'a self) -> impl Iterator<Item = &'a Visit<'a>> {
        std::iter::successors(Some(self), |it| it.from)
    }
}

/// Loads the kustomization in a folder.
pub(crate) fn load<R: Recorder>(build: &mut Build<'_, R>, visit: &Visit<'_>) -> Reported<Loaded> {
    count(build, visit)?;
    let (name, root) = match find_file(build, &visit.folder)? {
        Some(found) => found,
        None if visit.from.is_none() && build.options.scan => {
            return crate::generated::load(build, visit);
        }
        None => {
            let path = build.shown(&visit.folder);
            let fault = Fault::new(format!("no kustomization file in `{path}`")).code("no-kustomization");
            return Err(build.fail(fault.in_file(&visit.folder).hint(format!("add one: `{}`", FILE_NAMES[0]))));
        }
    };
    let file = read_file(build, visit, name, root)?;
    load_parts(build, visit, name, file)
}

fn count<R: Recorder>(build: &mut Build<'_, R>, visit: &Visit<'_>) -> Reported {
    let counted = build.kustomizations.spend(1);
    build.report(counted.map_err(Fault::from))?;
    if visit.level > build.limits.overlays {
        let limit = tidegate_base::LimitError { name: "overlays", allowed: build.limits.overlays, asked: visit.level };
        return Err(build.fail(Fault::from(limit).in_file(&visit.folder)));
    }
    Ok(())
}

/// The kustomization file of a folder: its name and root node.
fn find_file<R: Recorder>(build: &mut Build<'_, R>, folder: &Spot) -> Reported<Option<(&'static str, Option<NodeId>)>> {
    let mut found = Vec::new();
    for name in FILE_NAMES {
        let Ok(spot) = build.locate(folder, name) else {
            continue;
        };
        let exists = build.worlds[spot.world].find(&spot.path).is_ok_and(|it| it.kind == FileKind::File);
        if exists {
            found.push((name, spot));
        }
    }
    if found.len() > 1 {
        let names: Vec<String> = found.iter().map(|it| format!("`{}`", it.0)).collect();
        let message = format!("{} kustomization files in one folder: {}", found.len(), names.join(", "));
        let fault = Fault::new(message).code("many-kustomizations").in_file(&found[0].1);
        return Err(build.fail(fault.hint("keep one of them")));
    }
    let Some((name, spot)) = found.pop() else {
        return Ok(None);
    };
    let root = read_yaml(build, &spot)?;
    Ok(Some((name, root)))
}

/// Reads a file's first document, as sigs.k8s.io/yaml would.
pub(crate) fn read_yaml<R: Recorder>(build: &mut Build<'_, R>, spot: &Spot) -> Reported<Option<NodeId>> {
    let result = build.read(spot).map_err(|it| it.into_fault(&spot.path.to_string()).in_file(spot));
    let bytes = build.report(result)?;
    let text = build.text(&bytes, spot);
    let text = build.report(text)?;
    let at = TextAt::file(spot);
    let document = build.parse(&text, &at, false);
    let Some(document) = build.report(document)? else {
        return Ok(None);
    };
    let root = build.without_anchors(document);
    let root = build.report(root)?;
    if has_more_documents(&text) {
        let place = build.place_of(root);
        let message = "only the first document of this file counts";
        build.warn(Diagnostic::warning("ignored-document", message).at(place).hint("take the others away"));
    }
    Ok(Some(root))
}

fn has_more_documents(text: &str) -> bool {
    let Some(at) = text.find("\n---") else {
        return false;
    };
    let says = |text: &str| text.lines().any(|it| !it.trim().is_empty() && !it.trim().starts_with(['#', '-', '%']));
    says(&text[..at]) && says(&text[at + 4..])
}

fn read_file<R: Recorder>(
    build: &mut Build<'_, R>,
    visit: &Visit<'_>,
    name: &'static str,
    root: Option<NodeId>,
) -> Reported<KustomizationFile> {
    let spot = Spot { world: visit.folder.world, path: join_name(&visit.folder.path, name) };
    let empty = || {
        Fault::new("the kustomization file is empty").code("empty-kustomization").hint("list something in `resources`")
    };
    let Some(root) = root else {
        return Err(build.fail(empty().in_file(&spot)));
    };
    let read = file::read(&build.store.tree, root);
    build.warn_all(read.warnings);
    let failed = !read.faults.is_empty();
    for fault in read.faults {
        build.fail(fault.in_file(&spot));
    }
    let file = read.value;
    if file.empty && !failed {
        return Err(build.fail(empty().in_file(&spot)));
    }
    warn_of_deprecated(build, &file);
    if failed { Err(Failed) } else { Ok(file) }
}

fn warn_of_deprecated<R: Recorder>(build: &mut Build<'_, R>, file: &KustomizationFile) {
    for (old, new, at) in &file.deprecated {
        let place = build.place_of(*at);
        let message = format!("`{old}` is deprecated");
        build.warn(Diagnostic::warning("deprecated-field", message).at(place).hint(format!("write `{new}` instead")));
    }
}

pub(crate) fn join_name(folder: &RepoPath, name: &str) -> RepoPath {
    folder.join(name).unwrap_or_else(|_| folder.clone())
}

/// Loads what a kustomization file names.
pub(crate) fn load_parts<R: Recorder>(
    build: &mut Build<'_, R>,
    visit: &Visit<'_>,
    file_name: &'static str,
    file: KustomizationFile,
) -> Reported<Loaded> {
    let before = build.failures;
    if let Some(at) = file.helm_charts {
        let fault = Fault::at("charts are not rendered by this version", at).code("helm-charts");
        build.fail(fault.hint("render the chart with `helm template` and list the result in `resources`"));
    }
    let folder = &visit.folder;
    let mut loaded = Loaded {
        resources: load_entries(build, visit, &file.resources, Kind::Kustomization),
        components: load_entries(build, visit, &file.components, Kind::Component),
        generators: entry::load_plugins(build, visit, &file.generators, file_name),
        transformers: entry::load_plugins(build, visit, &file.transformers, file_name),
        validators: entry::load_plugins(build, visit, &file.validators, file_name),
        config: Config::builtin(),
        crds: Arc::default(),
        openapi: None,
        strategic_merges: Vec::new(),
        patches: Vec::new(),
        json_patches: Vec::new(),
        replacements: Vec::new(),
        config_maps: Vec::new(),
        secrets: Vec::new(),
        folder: folder.clone(),
        file_name,
        file: KustomizationFile::default(),
    };
    load_settings(build, folder, &file, &mut loaded);
    load_changes(build, folder, &file, &mut loaded);
    load_generators(build, folder, &file, &mut loaded);
    loaded.file = file;
    if build.failures > before { Err(Failed) } else { Ok(loaded) }
}

fn load_settings<R: Recorder>(build: &mut Build<'_, R>, folder: &Spot, file: &KustomizationFile, loaded: &mut Loaded) {
    if !file.configurations.is_empty()
        && let Ok(config) = crate::configurations::load(build, folder, &file.configurations)
    {
        loaded.config = config;
    }
    if let Ok(crds) = crate::crds::load(build, folder, &file.crds) {
        loaded.crds = crds;
    }
    if let Some(path) = &file.openapi_path {
        loaded.openapi = build.read_named(folder, path).ok();
    }
}

fn load_changes<R: Recorder>(build: &mut Build<'_, R>, folder: &Spot, file: &KustomizationFile, loaded: &mut Loaded) {
    for entry in &file.patches_strategic_merge {
        loaded.strategic_merges.extend(load_strategic_merge(build, folder, entry));
    }
    if let Some(first) = loaded.strategic_merges.first()
        && loaded.strategic_merges.iter().all(LoadedPatch::is_empty)
    {
        let fault = Fault::at("the files of `patchesStrategicMerge` hold no patch", first.at).code("empty-patch");
        build.fail(fault.hint("take them away"));
    }
    for entry in &file.patches {
        loaded.patches.extend(load_patch(build, folder, entry));
    }
    for entry in &file.patches_json6902 {
        loaded.json_patches.extend(load_json_patch(build, folder, entry));
    }
    for field in &file.replacements {
        loaded.replacements.extend(crate::replacement::load(build, folder, field).unwrap_or_default());
    }
}

fn load_generators<R: Recorder>(
    build: &mut Build<'_, R>,
    folder: &Spot,
    file: &KustomizationFile,
    loaded: &mut Loaded,
) {
    let global = file.generator_options.as_ref();
    for (from, secret) in [(&file.config_maps, false), (&file.secrets, true)] {
        for args in from {
            let mut args = args.clone();
            args.options = file::GeneratorOptions::with_global(args.options.as_ref(), global);
            let Ok(data) = load_data(build, folder, &args, secret) else {
                continue;
            };
            let to = if secret { &mut loaded.secrets } else { &mut loaded.config_maps };
            to.push((args, data));
        }
    }
}

impl<R: Recorder> Build<'_, R> {
    /// The file that `text` names as seen from the folder `from`, as far as it may be loaded.
    ///
    /// # Errors
    /// It leaves the root, or what the load restrictor allows.
    pub(crate) fn locate(&self, from: &Spot, text: &str) -> Done<Spot> {
        let spot = self.join(from, text)?;
        let restricted = from.world != 0 || self.options.restrictor == Restrictor::Root;
        if restricted
            && let Ok(found) = self.worlds[spot.world].find(&spot.path)
            && found.kind == FileKind::File
            && !found.real.parent().is_some_and(|it| it.is_within(&from.path))
        {
            let folder = self.shown(from);
            let fault = Fault::new(format!("`{text}` is not in or below `{folder}`")).code("outside-root");
            return Err(match from.world {
                0 => fault.hint("put it there, or build with `--load-restrictor none`"),
                _ => fault.hint("a remote base may only load files from its own folder"),
            });
        }
        Ok(spot)
    }

    /// The content of a file that the kustomization in `folder` names.
    pub(crate) fn read_named(&mut self, folder: &Spot, path: &Text) -> Reported<Arc<[u8]>> {
        self.read_spot(folder, path).map(|it| it.1)
    }

    /// The place of a file that the kustomization in `folder` names.
    pub(crate) fn find_named(&mut self, folder: &Spot, path: &Text) -> Reported<Spot> {
        if entry::is_remote_file(&path.value) {
            return entry::remote_file(self, path);
        }
        let spot = self.locate(folder, &path.value);
        let spot = self.report_at(spot, path.at)?;
        match self.worlds[spot.world].find(&spot.path) {
            Ok(found) if found.kind == FileKind::File => Ok(spot),
            Ok(_) => {
                let fault = Fault::at(format!("`{}` is no file", path.value), path.at).code("wrong-kind");
                Err(self.fail(fault.hint("name a file")))
            }
            Err(error) => {
                let fault = self.unreadable(folder, path, ReadError::World(error));
                Err(self.fail(fault.or_at(path.at)))
            }
        }
    }

    /// As [`read_named`](Self::read_named), with the place of the file.
    pub(crate) fn read_spot(&mut self, folder: &Spot, path: &Text) -> Reported<(Spot, Arc<[u8]>)> {
        let spot = self.find_named(folder, path)?;
        let result = self.read(&spot).map_err(|it| it.into_fault(&path.value));
        self.report_at(result, path.at).map(|it| (spot, it))
    }

    /// Why a named file could not be read, with the name of one that is near.
    pub(crate) fn unreadable(&self, folder: &Spot, path: &Text, error: ReadError) -> Fault {
        let missing = matches!(error, ReadError::World(tidegate_base::WorldError::Missing(_)));
        let fault = error.into_fault(&path.value);
        if !missing {
            return fault;
        }
        match self.near(folder, &path.value) {
            Some(near) if near == path.value => fault.hint("the symbolic link leads to nothing: correct it"),
            Some(near) => fault.hint(format!("write `{near}`, or add the file")),
            None => fault.hint("add the file, or correct the path"),
        }
    }

    /// A path that is there and differs little from one that is not.
    fn near(&self, folder: &Spot, path: &str) -> Option<String> {
        let (prefix, name) = path.rsplit_once('/').map_or(("", path), |it| it);
        let parent = folder.path.join(prefix).ok()?;
        let entries = self.worlds[folder.world].list(&parent).ok()?;
        let near = crate::nearest::nearest(name, entries.iter().map(|it| it.name.as_str()))?;
        Some(if prefix.is_empty() { near.to_owned() } else { format!("{prefix}/{near}") })
    }

    /// The objects of the file that `named` names, read as resources.
    pub(crate) fn resource_file(&mut self, spot: &Spot, named: &Text) -> Reported<Vec<NodeId>> {
        let real = self.options.files.filter(|_| spot.world == 0).and_then(|files| {
            let found = self.worlds[0].find(&spot.path).ok()?;
            Some((files, found.real))
        });
        let known = real.as_ref().and_then(|(files, real)| files.get(real));
        let parsed = if let Some(parsed) = known {
            let counted = self.count_input(spot, parsed.size).map_err(Fault::from);
            self.report_at(counted, named.at)?;
            parsed
        } else {
            let bytes = self.read(spot).map_err(|it| it.into_fault(&named.value));
            let bytes = self.report_at(bytes, named.at)?;
            let parsed = real.and_then(|(files, real)| files.add(&real, &bytes, &self.limits));
            let Some(parsed) = parsed else {
                return self.resources_in(spot, &bytes);
            };
            parsed
        };
        let nodes = parsed_nodes(self, &parsed, &TextAt::file(spot)).map_err(|it| it.in_file(spot));
        self.report(nodes)
    }

    fn resources_in(&mut self, spot: &Spot, bytes: &[u8]) -> Reported<Vec<NodeId>> {
        let text = self.text(bytes, spot);
        let text = self.report(text)?;
        let nodes = resource_nodes(self, &text, &TextAt::file(spot)).map_err(|it| it.in_file(spot));
        self.report(nodes)
    }
}

/// The nearest folder above `from` from which `text` does not climb out, told from `from`.
pub(crate) fn admitting_root(from: &RepoPath, text: &str) -> Option<String> {
    let depth = from.as_str().split('/').filter(|it| !it.is_empty()).count();
    let mut level = depth as i64;
    let mut lowest = level;
    for part in text.split('/') {
        match part {
            "" | "." => {}
            ".." => level -= 1,
            _ => level += 1,
        }
        lowest = lowest.min(level);
    }
    (lowest < 0 && !text.starts_with('/')).then(|| vec![".."; lowest.unsigned_abs() as usize].join("/"))
}
