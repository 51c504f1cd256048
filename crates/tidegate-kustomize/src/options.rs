//! What a build is told beside its files.

use tidegate_base::{Limits, RepoPath, World};

use crate::files::Files;

/// How one root is built.
#[derive(Clone)]
pub struct Options<'w> {
    /// What the build may cost.
    pub limits: Limits,
    /// Where remote bases and files are to be found.
    pub remotes: Vec<Remote<'w>>,
    /// Which files a kustomization may load.
    pub restrictor: Restrictor,
    /// The order of the objects, where `sortOptions` says nothing.
    pub order: Order,
    /// Whether a folder without a kustomization file is built as Flux does, from all files in it.
    pub scan: bool,
    /// Whether every object gets the label `app.kubernetes.io/managed-by`, as `buildMetadata: [managedByLabel]` asks.
    pub managed_by_label: bool,
    /// Files that were parsed by builds of the same tree; all of them must have the same limits.
    pub files: Option<&'w Files>,
    /// The version that the label names.
    pub version: &'w str,
}

impl Default for Options<'_> {
    /// As kustomize's command line, but files may be loaded from the whole root.
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            remotes: Vec::new(),
            restrictor: Restrictor::default(),
            order: Order::default(),
            scan: true,
            managed_by_label: false,
            files: None,
            version: KUSTOMIZE_VERSION,
        }
    }
}

/// The version of kustomize that is reproduced.
pub const KUSTOMIZE_VERSION: &str = "v5.8.1";

/// A local copy of what a URL names.
#[derive(Clone, Copy)]
pub struct Remote<'w> {
    /// The URL, as it stands in `resources`, or that of the repository.
    pub url: &'w str,
    /// The tree that holds the copy: nothing outside of it is read.
    pub world: &'w dyn World,
    /// Where in the tree it stands: a folder for a base or repository, a file for a file.
    pub path: &'w RepoPath,
}

/// Which files a kustomization may load.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Restrictor {
    /// Any below the root of the build (kustomize: `LoadRestrictionsNone`, which Flux sets).
    #[default]
    None,
    /// Those in or below the folder of the kustomization (`LoadRestrictionsRootOnly`).
    Root,
}

/// The order of the objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// By kind: namespaces first, webhooks last (`--reorder legacy`, the default of kustomize's command line).
    #[default]
    Legacy,
    /// As they were loaded (`--reorder none`, as Flux does).
    Fifo,
}
