//! Behaviour of the YAML reader and writers, as data.
