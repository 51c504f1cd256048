//! Who changed a value: the transformers of kustomization files.

use tidegate_base::Origin;

/// A transformer or generator at work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cause {
    /// The field of the kustomization file, such as `images`.
    pub(crate) what: &'static str,
    /// Where it stands.
    pub(crate) at: Origin,
}

/// Every transformer and generator of a build.
#[derive(Debug, Clone, Default)]
pub(crate) struct Causes(Vec<Cause>);

impl Causes {
    pub(crate) fn add(&mut self, what: &'static str, at: Origin) -> u32 {
        let cause = Cause { what, at };
        if self.0.last() != Some(&cause) {
            self.0.push(cause);
        }
        self.0.len() as u32 - 1
    }

    pub(crate) fn get(&self, index: u32) -> Option<Cause> {
        self.0.get(index as usize).copied()
    }
}
