//! Where a value came from, at the cost of one index.
//!
//! An [`Origin`] stands in every node of a rendered object. It names either a byte of the text that
//! was read (from which file and line follow) or a [`Step`]: something that set or changed the value,
//! which remembers the origin that was there before. Following the steps back gives the whole chain.

/// An index: 0 is unknown, below [`Origin::STEP`] a position in the text of a tree plus one, above it a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Origin(u32);

impl Origin {
    /// Made by the renderer itself, or not known.
    pub const UNKNOWN: Self = Self(0);
    const STEP: u32 = 1 << 31;

    /// The byte `position` of the text of a tree.
    pub const fn text(position: u32) -> Self {
        if position < Self::STEP - 1 { Self(position + 1) } else { Self::UNKNOWN }
    }

    /// The step with the index `step` of a trail.
    pub const fn step(step: u32) -> Self {
        if step < Self::STEP { Self(step | Self::STEP) } else { Self::UNKNOWN }
    }

    /// The byte of the text, if this names one.
    pub const fn as_text(self) -> Option<u32> {
        if self.0 == 0 || self.0 >= Self::STEP { None } else { Some(self.0 - 1) }
    }

    /// The index of the step, if this names one.
    pub const fn as_step(self) -> Option<u32> {
        if self.0 >= Self::STEP { Some(self.0 & !Self::STEP) } else { None }
    }

    /// The same origin after the text before it grew by `by` bytes.
    #[must_use]
    pub const fn shifted(self, by: u32) -> Self {
        match self.as_text() {
            Some(position) => Self::text(position + by),
            None => self,
        }
    }
}

/// One change of one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// What made the change: an index into the owner's list of causes.
    pub cause: u32,
    /// Where the new value stands in a file, if it does.
    pub from: Origin,
    /// The origin before the change.
    pub before: Origin,
}

/// Writes down which cause changed which value; a type parameter of the renderer, so that a build that asks for no
/// origins pays nothing.
pub trait Recorder: Default + Send {
    /// Whether changes are written down.
    const ON: bool;

    /// A value with the origin `before` was set by `cause` to something that stands at `from`; gives the new origin.
    fn record(&mut self, cause: u32, from: Origin, before: Origin) -> Origin;

    /// The steps so far.
    fn steps(&self) -> &[Step];
}

/// Records nothing: a changed value takes the origin of what was put there, or keeps its own.
#[derive(Debug, Default, Clone, Copy)]
pub struct Off;

impl Recorder for Off {
    const ON: bool = false;

    fn record(&mut self, _cause: u32, from: Origin, before: Origin) -> Origin {
        if from == Origin::UNKNOWN { before } else { from }
    }

    fn steps(&self) -> &[Step] {
        &[]
    }
}

/// Records every change.
#[derive(Debug, Default, Clone)]
pub struct Trail {
    steps: Vec<Step>,
}

impl Recorder for Trail {
    const ON: bool = true;

    fn record(&mut self, cause: u32, from: Origin, before: Origin) -> Origin {
        let index = self.steps.len() as u32;
        self.steps.push(Step { cause, from, before });
        Origin::step(index)
    }

    fn steps(&self) -> &[Step] {
        &self.steps
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_text_or_step_or_unknown() {
        assert_eq!(Origin::text(7).as_text(), Some(7));
        assert_eq!(Origin::text(7).as_step(), None);
        assert_eq!(Origin::step(7).as_step(), Some(7));
        assert_eq!(Origin::UNKNOWN.as_text(), None);
        assert_eq!(Origin::text(7).shifted(3).as_text(), Some(10));
        assert_eq!(Origin::step(7).shifted(3).as_step(), Some(7));
    }

    #[test]
    fn a_trail_keeps_what_was_before() {
        let mut trail = Trail::default();
        let first = trail.record(1, Origin::UNKNOWN, Origin::text(4));
        let second = trail.record(2, Origin::text(9), first);
        let step = trail.steps()[second.as_step().expect("a step") as usize];
        assert_eq!(step.before, first);
        assert_eq!(Off.record(1, Origin::UNKNOWN, Origin::text(4)), Origin::text(4));
    }
}
