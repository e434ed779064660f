//! The forms of parameters, as regular expressions (ECMA 262): what a problem document names as `expected`. What is in
//! a body has its form in the schemas.

/// A transition's id.
pub const TRANSITION_ID: &str = "^[0-9a-f]{64}$";
/// An invoice's number.
pub const INVOICE_NUMBER: &str = "^[0-9]{20}$";
/// How an invoice's number begins.
pub const NUMBER_PREFIX: &str = "^[0-9]{0,20}$";
/// A month.
pub const MONTH: &str = "^[2-9][0-9]{3}-[01][0-9]$";
/// A day.
pub const DATE: &str = "^[2-9][0-9]{3}-[01][0-9]-[0-3][0-9]$";
/// An administrative division.
pub const REGION: &str = "^[0-9]{6}$";
/// An enterprise's own reference.
pub const CLAIM_REF: &str = "^[!-~]{1,64}$";
/// An enterprise as a party.
pub const ENTERPRISE: &str = "^uscc:[0-9A-HJ-NPQRTUWXY]{18}$";
/// A height.
pub const HEIGHT: &str = "^(0|[1-9][0-9]*)$";
