//! What the chain is read as, for the OpenAPI document alone: the protocol's own types write it. A test holds these
//! against the files of `schemas/`, which say more.
#![expect(dead_code, reason = "only the schemas are used")]

use piao_edge::http::ReceiptBody;
use utoipa::ToSchema;

/// A proof bundle (protocol §5): at most 1 MiB, exactly the JCS of this. See schemas/proof-bundle.json, and
/// schemas/vectors/proof-bundles.json for a verifier of your own.
#[derive(ToSchema)]
#[schema(as = ProofBundle)]
#[serde(deny_unknown_fields)]
pub(super) struct BundleBody {
    /// The file's version, 1.
    v: u64,
    /// The compact JWS, as its signer made it.
    transition: String,
    /// The signer's public key; its thumbprint is the transition's kid.
    jwk: JwkBody,
    /// What came of it.
    receipt: ReceiptBody,
    /// 0x01 ‖ transition id ‖ outcome digest: 65 bytes, base64url.
    entry: String,
    /// Inclusion path under the checkpoint, from the leaf up: SHA-256 hashes, 64 hexadecimal digits each.
    path: Vec<String>,
    /// The entry that closes the block, and the header that it is of.
    closing: ClosingBody,
    /// The signed note over the log (C2SP tlog-checkpoint).
    checkpoint: String,
}

/// The entry that closes a block, and the header that it is of.
#[derive(ToSchema)]
#[schema(as = ProofBundleClosing)]
#[serde(deny_unknown_fields)]
struct ClosingBody {
    /// 0x02 ‖ block hash ‖ state root: 65 bytes, base64url.
    entry: String,
    /// Inclusion path under the checkpoint, as the transition's.
    path: Vec<String>,
    /// The block's header.
    header: HeaderBody,
}

/// A public key with exactly the members that RFC 7638 hashes.
#[derive(ToSchema)]
#[schema(as = Jwk)]
#[serde(deny_unknown_fields)]
struct JwkBody {
    /// `EC` or `OKP`.
    kty: String,
    /// `secp256k1`, `P-256` or `Ed25519`.
    crv: String,
    /// 32 bytes, base64url.
    x: String,
    /// 32 bytes, base64url; of `EC` alone, and never null.
    #[schema(nullable = false)]
    y: Option<String>,
}

/// A block with its transitions and what came of them: the block's export line (protocol §5), exactly the JCS of this.
#[derive(ToSchema)]
#[schema(as = Block)]
#[serde(deny_unknown_fields)]
pub(super) struct BlockBody {
    /// What the block's hash covers.
    header: HeaderBody,
    /// Compact JWS, in order.
    transitions: Vec<String>,
    /// One a transition.
    outcomes: Vec<OutcomeBody>,
}

/// What a block's hash covers.
#[derive(ToSchema)]
#[schema(as = BlockHeader)]
#[serde(deny_unknown_fields)]
struct HeaderBody {
    /// The version, 1.
    v: u64,
    /// The chain's id.
    chain: String,
    /// How many blocks stand before it.
    height: u64,
    /// Hash of the block before, 64 hexadecimal digits.
    prev: String,
    /// Block time, UTC seconds.
    time: i64,
    /// Index of its first entry.
    first: u64,
    /// How many transitions it holds.
    count: u64,
    /// RFC 6962 root of all entries before its closing entry, 64 hexadecimal digits.
    root: String,
    /// 64 zeros until there is one.
    state_root: String,
    /// SHA3-256 of the genesis file, 64 hexadecimal digits; in block 0 alone, and never null.
    #[schema(nullable = false)]
    genesis: Option<String>,
}

/// What came of the transition at the same place.
#[derive(ToSchema)]
#[schema(as = Outcome)]
#[serde(deny_unknown_fields)]
struct OutcomeBody {
    /// `accepted` or `rejected`.
    outcome: String,
    /// Why it was refused; null where it was accepted.
    #[schema(required = true)]
    code: Option<String>,
    /// What the type adds; see schemas/receipt.json.
    #[schema(value_type = Object)]
    detail: String,
}

/// A tile of the log (C2SP tlog-tiles).
#[derive(ToSchema)]
#[schema(as = LogTile, value_type = String, format = Binary)]
pub(super) struct TileBody(Vec<u8>);
