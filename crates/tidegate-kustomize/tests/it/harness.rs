//! A tree in, text out.

use tidegate_base::{
    Diagnostic, Limits, RepoPath, World,
    origin::{Off, Trail},
};
use tidegate_kustomize::{Cost, Options, Restrictor, build};
use tidegate_testkit::MemoryWorld;

/// Documents nest by recursion, and tests are not optimised.
const STACK: usize = 256 << 20;

/// What a root gave.
pub(crate) struct Result {
    /// The objects as YAML; nothing when the root cannot be built.
    pub(crate) yaml: Option<String>,
    pub(crate) problems: Vec<Diagnostic>,
    pub(crate) cost: Cost,
}

impl Result {
    /// The findings, and behind them how the root ended.
    pub(crate) fn text(&self) -> String {
        let end = match &self.yaml {
            Some(yaml) => format!("built {} bytes", yaml.len()),
            None => "not built".to_owned(),
        };
        format!("{}{end}", tidegate_testkit::findings(&self.problems))
    }
}

/// Builds `folder` of `world` as `kustomize build` does.
pub(crate) fn run(world: &dyn World, folder: &str, options: &Options<'_>) -> Result {
    let folder = RepoPath::parse(folder).expect("a path below the root");
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK);
        thread.spawn_scoped(scope, || run_here(world, &folder, options)).expect("a thread").join().expect("no panic")
    })
}

fn run_here(world: &dyn World, folder: &RepoPath, options: &Options<'_>) -> Result {
    let outcome = build::<Off>(world, folder, options);
    let traced = build::<Trail>(world, folder, options);
    assert_eq!(outcome.problems, traced.problems, "origins change no finding");
    let (mut problems, cost) = (outcome.problems, outcome.cost);
    let written = outcome.built.map(|it| it.yaml());
    let again = traced.built.map(|it| it.yaml());
    assert_eq!(written, again, "origins change no byte");
    let yaml = written.and_then(|it| it.map_err(|it| problems.push(*it)).ok());
    Result { yaml, problems, cost }
}

/// What building the tree gives: its findings, and how it ended.
pub(crate) fn findings(tree: &str) -> String {
    findings_in(&MemoryWorld::from_text(tree))
}

/// As [`findings`], of a tree that is there already.
pub(crate) fn findings_in(world: &MemoryWorld) -> String {
    run(world, entry(world), &scanning_nothing()).text()
}

/// As [`findings`], with kustomize's own rule of what may be loaded.
pub(crate) fn findings_within_root(world: &MemoryWorld) -> String {
    run(world, entry(world), &Options { restrictor: Restrictor::Root, ..scanning_nothing() }).text()
}

/// As [`findings`], with limits of one's own.
pub(crate) fn limited(tree: &str, set: &[(&str, u64)]) -> Result {
    let world = MemoryWorld::from_text(tree);
    let mut limits = Limits::default();
    for &(name, value) in set {
        assert!(limits.set(name, value), "there is a limit `{name}`");
    }
    run(&world, entry(&world), &Options { limits, ..scanning_nothing() })
}

/// The options of `kustomize build`, for which a folder without a kustomization file is an error.
pub(crate) fn scanning_nothing() -> Options<'static> {
    Options { scan: false, ..Options::default() }
}

/// The folder that a case is about: `overlay` where there is one, else the root.
pub(crate) fn entry(world: &MemoryWorld) -> &'static str {
    let overlay = RepoPath::parse("overlay").expect("a path");
    if world.find(&overlay).is_ok() { "overlay" } else { "" }
}
