//! The claims service.
