//! The issuance service.
