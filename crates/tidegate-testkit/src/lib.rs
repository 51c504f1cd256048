//! Fixtures and runners for tests.
