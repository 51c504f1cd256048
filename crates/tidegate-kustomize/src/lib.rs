//! kustomize 5.8.1, natively.
//!
//! In: a folder of a [`World`](tidegate_base::World). Out: its objects as `kustomize build` gives them, or everything
//! that is wrong with it; and for every value where it came from. Starts no process, opens no socket and reads nothing
//! but through the world that it is given.
//!
//! A build has two halves. [`load`] reads: kustomization files, what they name, and so on down, so that every problem of
//! reading is found in one run. [`target`] then works on nodes alone, from the bottom up. Errors are [`store::Fault`]s
//! until [`build::Build`] knows their place and makes diagnostics of them.

mod build;
mod cause;
mod config;
mod configurations;
mod crds;
mod documents;
mod field_spec;
mod file;
mod files;
mod generate;
mod generated;
mod go_regex;
mod id;
mod json;
mod json_patch;
mod load;
mod merge;
mod name_reference;
mod nearest;
mod note;
mod options;
mod output;
pub mod parts;
mod path_match;
mod plugin;
mod reader;
mod replacement;
mod repo_spec;
mod res_map;
mod resource;
mod schema;
mod selector;
mod store;
mod target;
mod text;
mod transform;
mod variables;
mod warnings;

use tidegate_base::{Recorder, RepoPath, World};

pub use files::Files;
pub use load::FILE_NAMES;
pub use options::{KUSTOMIZE_VERSION, Options, Order, Remote, Restrictor};
pub use output::{Built, Cost, Object, Outcome, ReadFile, Step};
pub use repo_spec::RepoSpec;

use build::{Build, world_fault};
use text::Spot;

/// Whether the kustomization file in `folder` is that of a component. What cannot be read is none.
pub fn is_component(world: &dyn World, folder: &RepoPath) -> bool {
    const LIMIT: u64 = 1 << 20;
    let bytes = FILE_NAMES.iter().find_map(|it| world.read(&folder.join(it).ok()?, LIMIT).ok());
    let Some(bytes) = bytes else { return false };
    let Ok(text) = tidegate_yaml::decode(&bytes) else {
        return false;
    };
    if !text.contains("Component") {
        return false;
    }
    let mut tree = tidegate_yaml::Tree::default();
    let options = tidegate_yaml::ParseOptions { comments: false, ..Default::default() };
    let document = tidegate_yaml::parse_first(&mut tree, &text, options);
    document.ok().flatten().and_then(|it| tree.get(it.root, "kind")).is_some_and(|it| tree.value(it) == "Component")
}

/// Builds the kustomization in `folder`; a folder without a kustomization file is built as Flux would.
///
/// Nested documents are walked by recursion, up to the limit `depth`: give the thread 16 MiB of stack.
pub fn build<R: Recorder>(world: &dyn World, folder: &RepoPath, options: &Options<'_>) -> Outcome<R> {
    let mut build = Build::<R>::new(world, options);
    let resources = match world.find(folder) {
        Ok(found) if found.kind == tidegate_base::FileKind::Folder => {
            let visit = load::Visit::root(Spot { world: 0, path: found.real });
            load::load(&mut build, &visit).and_then(|loaded| target::run(&mut build, &loaded)).ok()
        }
        Ok(_) => {
            let fault = store::Fault::new(format!("`{folder}` is a file, a folder is due")).code("wrong-kind");
            build.fail(fault.hint("name the folder of the kustomization"));
            None
        }
        Err(error) => {
            let fault = world_fault(&error, &folder.to_string());
            let hint = fault.hint.clone().unwrap_or_else(|| "name a folder that is there".to_owned());
            build.fail(fault.hint(hint));
            None
        }
    };
    let cost = build.cost();
    let problems = std::mem::take(&mut build.problems);
    let reads = output::read_files(std::mem::take(&mut build.reads));
    Outcome { built: resources.map(|it| Built::new(build, &it)), problems, reads, cost }
}
