//! Databases, keys, builders and faults for tests.
