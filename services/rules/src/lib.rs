//! The rules service.
