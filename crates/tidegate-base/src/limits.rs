//! Limits on what hostile or mistaken input may cost, and the counters that meet them.
//!
//! Every limit has a name, a default and a unit, and can be set (`--limit NAME=VALUE`). A limit that
//! is met ends the build with a [`LimitError`] that names it; nothing is cut off in silence.

use std::fmt;

macro_rules! limits {
    ($($(#[doc = $doc:literal])+ $field:ident, $name:literal, $default:expr;)+) => {
        /// How much one build may cost.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct Limits {
            $($(#[doc = $doc])+ pub $field: u64,)+
        }

        impl Default for Limits {
            fn default() -> Self {
                Self { $($field: $default,)+ }
            }
        }

        impl Limits {
            /// The names that [`set`](Self::set) takes, each with its default.
            pub const NAMES: &'static [(&'static str, u64)] = &[$(($name, $default),)+];

            /// What each of the [`NAMES`](Self::NAMES) counts, as a sentence.
            pub const MEANINGS: &'static [&'static str] = &[$(concat!($($doc),+),)+];

            /// Sets the limit called `name`; gives back whether there is one.
            pub fn set(&mut self, name: &str, value: u64) -> bool {
                match name {
                    $($name => self.$field = value,)+
                    _ => return false,
                }
                true
            }
        }
    };
}

limits! {
    /// Bytes of one file.
    file_bytes, "file-bytes", 64 << 20;
    /// Bytes of all files that one root reads, a file that is read twice counting twice.
    input_bytes, "input-bytes", 512 << 20;
    /// YAML nodes that one root makes, copies through aliases, lists and patches included, beyond eight for each byte
    /// that it reads.
    nodes, "nodes", 4_000_000;
    /// YAML nodes that the aliases of one root stand for.
    aliases, "aliases", 1_000_000;
    /// Bytes of text that one root makes, beyond twice those that it reads.
    text_bytes, "text-bytes", 64 << 20;
    /// Levels of nesting in one document, and parts of a path.
    depth, "depth", 1_500;
    /// Kustomization files that one root loads, one that is reached twice counting twice.
    kustomizations, "kustomizations", 4_000;
    /// Levels of kustomizations that include each other.
    overlays, "overlays", 200;
    /// Comparisons and visits of fields that one root may need.
    steps, "steps", 2_000_000_000;
    /// Bytes of YAML that one root may give.
    output_bytes, "output-bytes", 1 << 30;
    /// Bytes of one compiled regular expression.
    regex_bytes, "regex-bytes", 2 << 20;
    /// Problems that one run reports before it stops looking.
    problems, "problems", 100;
}

/// A limit was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub struct LimitError {
    /// The limit's name, as `--limit` takes it.
    pub name: &'static str,
    /// The value that was allowed.
    pub allowed: u64,
    /// The value that was asked for when the limit was met.
    pub asked: u64,
}

impl fmt::Display for LimitError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "the limit `{}` of {} is met", self.name, self.allowed)
    }
}

/// A counter with its limit.
#[derive(Debug, Clone, Copy)]
pub struct Meter {
    name: &'static str,
    used: u64,
    allowed: u64,
}

impl Meter {
    /// A counter at zero.
    pub const fn new(name: &'static str, allowed: u64) -> Self {
        Self { name, used: 0, allowed }
    }

    /// Counts `amount` more.
    ///
    /// # Errors
    /// The sum is above the limit.
    pub fn spend(&mut self, amount: u64) -> Result<(), LimitError> {
        self.used = self.used.saturating_add(amount);
        if self.used > self.allowed {
            return Err(LimitError { name: self.name, allowed: self.allowed, asked: self.used });
        }
        Ok(())
    }

    /// Sets what is allowed in all.
    pub const fn allow(&mut self, allowed: u64) {
        self.allowed = allowed;
    }

    /// What was counted so far.
    pub const fn used(&self) -> u64 {
        self.used
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_limit_is_set_by_its_name() {
        let mut limits = Limits::default();
        for (name, default) in Limits::NAMES {
            assert!(limits.set(name, default + 1), "{name}");
        }
        assert_eq!(limits.depth, Limits::default().depth + 1);
        assert!(!limits.set("no-such-limit", 1));
    }

    #[test]
    fn a_meter_stops_above_its_limit() {
        let mut meter = Meter::new("steps", 3);
        assert_eq!(meter.spend(3), Ok(()));
        assert_eq!(meter.spend(1), Err(LimitError { name: "steps", allowed: 3, asked: 4 }));
        assert_eq!(meter.used(), 4);
    }
}
