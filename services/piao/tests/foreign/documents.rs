//! Every OpenAPI document by its file's name: one a service, and one of all.

use piao_edge::http::merge;

/// The documents as they are committed under `openapi/`.
pub(crate) fn documents() -> Vec<(&'static str, String)> {
    let services = [
        ("claims", piao_claims::openapi()),
        ("issuance", piao_issuance::openapi()),
        ("ledger", piao_ledger::openapi()),
        ("registry", piao_registry::openapi()),
        ("reimbursement", piao_reimbursement::openapi()),
        ("rules", piao_rules::openapi()),
    ];
    let merged = merge(services.iter().map(|(_, document)| document.clone()), "piao");
    let all = services.into_iter().chain([("piao", merged)]);
    all.map(|(name, document)| (name, document.to_pretty_json().unwrap_or_default() + "\n")).collect()
}

/// The folder that they are committed in.
pub(crate) const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../openapi");
