//! Entries of `resources`, `components`, `generators`, `transformers` and `validators`.

use tidegate_base::{FileKind as OnDisk, Recorder, RepoPath, WorldError};
use tidegate_yaml::NodeId;

use super::{Loaded, Visit, load};
use crate::{
    build::{Build, ReadError, Reported, TextAt, world_fault},
    documents::resource_nodes,
    file::FileKind,
    reader::Text,
    repo_spec::RepoSpec,
    store::{Done, Fault},
    text::Spot,
};

/// What an entry stands for.
pub(crate) enum Entry {
    /// The objects of a file, or of the entry itself.
    Objects { path: String, nodes: Vec<NodeId> },
    /// A kustomization of its own.
    Root { path: String, loaded: Box<Loaded>, at: NodeId },
}

/// Loads every entry that can be loaded; what is wrong with the others is reported.
pub(crate) fn load_entries<R: Recorder>(
    build: &mut Build<'_, R>,
    visit: &Visit<'_>,
    entries: &[Text],
    kind: FileKind,
) -> Vec<Entry> {
    entries.iter().filter_map(|it| load_entry(build, visit, it, kind).ok()).collect()
}

/// As [`load_entries`], for configurations of plugins, which may stand in the kustomization file itself.
pub(crate) fn load_plugins<R: Recorder>(
    build: &mut Build<'_, R>,
    visit: &Visit<'_>,
    entries: &[Text],
    file_name: &str,
) -> Vec<Entry> {
    let mut out = Vec::new();
    for entry in entries {
        match inline(build, visit, entry) {
            Some(nodes) => out.push(Entry::Objects { path: file_name.to_owned(), nodes }),
            None => out.extend(load_entry(build, visit, entry, FileKind::Kustomization)),
        }
    }
    out
}

/// The objects that an entry is, if it is no path.
fn inline<R: Recorder>(build: &mut Build<'_, R>, visit: &Visit<'_>, entry: &Text) -> Option<Vec<NodeId>> {
    // A path of one line is a scalar, which is no object.
    if !entry.value.contains([':', '{']) {
        return None;
    }
    let at = TextAt::inside(build, &visit.folder, entry.at);
    resource_nodes(build, &entry.value, &at).ok()
}

fn load_entry<R: Recorder>(
    build: &mut Build<'_, R>,
    visit: &Visit<'_>,
    entry: &Text,
    kind: FileKind,
) -> Reported<Entry> {
    let path = &entry.value;
    if path.is_empty() {
        return Err(build.fail(Fault::at("an entry is empty", entry.at).code("empty-entry").hint("take it away")));
    }
    if is_remote_file(path) {
        return load_remote(build, visit, entry, kind);
    }
    let located = build.locate(&visit.folder, path);
    let found = located.and_then(|spot| {
        let found = build.worlds[spot.world].find(&spot.path).map_err(|it| world_fault(&it, path));
        found.map(|it| (spot, it))
    });
    match found {
        Ok((spot, found)) if found.kind == OnDisk::File && kind == FileKind::Kustomization => {
            load_file(build, entry, &spot)
        }
        _ if RepoSpec::parse(path).is_ok() => load_remote(build, visit, entry, kind),
        Ok((_, found)) if found.kind == OnDisk::Folder && !path.starts_with('/') => {
            let folder = Spot { world: visit.folder.world, path: found.real };
            load_folder(build, visit, entry, folder, None, kind)
        }
        Ok((_, found)) => {
            let fault = match found.kind {
                OnDisk::Folder => Fault::new(format!("`{path}` is an absolute path; folders are named relative"))
                    .hint("write the path relative to the kustomization file"),
                OnDisk::File => {
                    Fault::new(format!("`{path}` is a file; a component is a folder")).hint("list files in `resources`")
                }
                OnDisk::Other => Fault::new(format!("`{path}` is neither a file nor a folder")),
            };
            Err(build.fail(fault.code("wrong-kind").or_at(entry.at)))
        }
        Err(fault) => {
            let missing = fault.code == "missing-file" && fault.hint.is_none();
            let fault = if missing { hint_missing(build, visit, entry) } else { fault };
            Err(build.fail(fault.or_at(entry.at)))
        }
    }
}

fn hint_missing<R: Recorder>(build: &Build<'_, R>, visit: &Visit<'_>, entry: &Text) -> Fault {
    let error = ReadError::World(WorldError::Missing(RepoPath::root()));
    build.unreadable(&visit.folder, entry, error)
}

fn load_file<R: Recorder>(build: &mut Build<'_, R>, entry: &Text, spot: &Spot) -> Reported<Entry> {
    let nodes = build.resource_file(spot, entry)?;
    Ok(Entry::Objects { path: entry.value.clone(), nodes })
}

fn load_folder<R: Recorder>(
    build: &mut Build<'_, R>,
    visit: &Visit<'_>,
    entry: &Text,
    folder: Spot,
    url: Option<&str>,
    kind: FileKind,
) -> Reported<Entry> {
    let path = &entry.value;
    if let Some(other) =
        visit.chain().find(|it| it.folder.world == folder.world && it.folder.path.is_within(&folder.path))
    {
        let (here, there) = (build.shown(&folder), build.shown(&other.folder));
        let message = if here == there {
            format!("`{path}` leads back to `{here}`, which includes it")
        } else {
            format!("`{path}` holds `{there}`, which includes it")
        };
        let fault = Fault::at(message, entry.at).code("cycle");
        return Err(build.fail(fault.hint("move what both need to a folder of its own, and include that")));
    }
    let inner = Visit { folder, url, from: Some(visit), level: visit.level + 1 };
    let before = build.problems.len();
    let result = load(build, &inner);
    if result.is_err() {
        build.note_since(before, entry.at, "included here");
    }
    let loaded = result?;
    let wrong = match (kind, loaded.file.kind) {
        (FileKind::Component, FileKind::Kustomization) => Some(("components", "Component", "resources")),
        (FileKind::Kustomization, FileKind::Component) => Some(("resources", "Kustomization", "components")),
        _ => None,
    };
    if let Some((field, due, other)) = wrong {
        let message = format!("`{path}` is no {due}, which `{field}` lists");
        return Err(build.fail(Fault::at(message, entry.at).code("wrong-kind").hint(format!("list it in `{other}`"))));
    }
    Ok(Entry::Root { path: path.clone(), loaded: Box::new(loaded), at: entry.at })
}

/// Whether a path is a URL from which a file could be fetched.
pub(crate) fn is_remote_file(path: &str) -> bool {
    let lower = path.get(..8).unwrap_or(path).to_ascii_lowercase();
    lower.starts_with("http://") || lower.starts_with("https://")
}

/// The local copy of a file that a URL names.
pub(super) fn remote_file<R: Recorder>(build: &mut Build<'_, R>, entry: &Text) -> Reported<Spot> {
    let found = copy_of(build, &entry.value);
    match build.report_at(found, entry.at)? {
        Some((spot, _)) => Ok(spot),
        None => Err(build.fail(unmapped(entry))),
    }
}

fn load_remote<R: Recorder>(
    build: &mut Build<'_, R>,
    visit: &Visit<'_>,
    entry: &Text,
    kind: FileKind,
) -> Reported<Entry> {
    let url = &entry.value;
    if visit.chain().filter_map(|it| it.url).any(|it| it.starts_with(url.as_str())) {
        let fault = Fault::at(format!("`{url}` includes itself"), entry.at).code("cycle");
        return Err(build.fail(fault.hint("take the entry away")));
    }
    let found = copy_of(build, url);
    let Some((spot, found)) = build.report_at(found, entry.at)? else {
        return Err(build.fail(unmapped(entry)));
    };
    match found {
        OnDisk::Folder => load_folder(build, visit, entry, spot, Some(url), kind),
        _ => load_file(build, entry, &spot),
    }
}

/// The copy that is given for a URL: for the URL itself, or for the repository that it names a folder of.
fn copy_of<R: Recorder>(build: &Build<'_, R>, url: &str) -> Done<Option<(Spot, OnDisk)>> {
    let remotes = &build.options.remotes;
    let exact = remotes.iter().position(|it| it.url == url).map(|it| (it, String::new()));
    let within = || {
        let due = RepoSpec::parse(url).ok()?;
        remotes.iter().enumerate().find_map(|(index, it)| Some((index, within(&RepoSpec::parse(it.url).ok()?, &due)?)))
    };
    let Some((index, rest)) = exact.or_else(within) else {
        return Ok(None);
    };
    let remote = &remotes[index];
    let path = remote.path.join(&rest).map_err(|it| Fault::new(it.to_string()).code("outside-root"))?;
    let found = remote.world.find(&path).map_err(|error| {
        let place = format!("{}/{path}", remote.world.label());
        world_fault(&error, &place).within(format!("the local copy of `{url}`"))
    })?;
    Ok(Some((Spot { world: index + 1, path: found.real }, found.kind)))
}

/// The path of the folder `due` below the folder `mapped` of the same repository.
fn within(mapped: &RepoSpec, due: &RepoSpec) -> Option<String> {
    let name = |it: &RepoSpec| it.clone_url().trim_end_matches('/').trim_end_matches(".git").to_lowercase();
    if name(mapped) != name(due) || !(mapped.reference.is_empty() || mapped.reference == due.reference) {
        return None;
    }
    let (mapped, due) = (mapped.folder.trim_matches('/'), due.folder.trim_matches('/'));
    if mapped.is_empty() {
        return Some(due.to_owned());
    }
    let rest = due.strip_prefix(mapped)?;
    (rest.is_empty() || rest.starts_with('/')).then(|| rest.trim_start_matches('/').to_owned())
}

/// That a URL has no local copy.
fn unmapped(entry: &Text) -> Fault {
    let url = &entry.value;
    let last = url.split(['?', '#']).next().unwrap_or(url);
    let is_file = is_remote_file(url) && (last.ends_with(".yaml") || last.ends_with(".yml") || last.ends_with(".json"));
    let what = if is_file { "file" } else { "base" };
    let copy = if is_file { "FILE" } else { "FOLDER" };
    Fault::at(format!("the remote {what} `{url}` is not fetched, and no local copy of it is given"), entry.at)
        .code("remote-base")
        .hint(format!("download it and build with `--remote-base '{url}={copy}'`, or name it in `tidegate.yaml`"))
}
