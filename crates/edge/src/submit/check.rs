//! What an edge checks by itself, as plain functions (protocol §4).

use piao_domain::command::{Command, Kind};
use piao_domain::ids::{ChainId, PartyId};
use piao_domain::time::Time;
use piao_protocol::body::{self, Body};
use piao_protocol::encoding::hex;
use piao_protocol::jwk;
use piao_protocol::jws::{JwsError, PreparedKey, SignatureError, Unverified, Verified};
use piao_protocol::sealed::Sealed;
use sha2::{Digest as _, Sha256};

use super::request::SealedInput;
use super::{Submission, Verifier};
use crate::problem::{Evidence, Problem, ProblemCode, Wrong};

/// A transition of a type that the endpoint takes, well formed and meant for this chain.
#[derive(Clone)]
pub struct Checked {
    pub(super) transition: Unverified<Body>,
    pub(super) sealed: Option<SealedInput>,
}

impl Checked {
    /// The transition, whose signature nobody has checked.
    #[must_use]
    pub const fn transition(&self) -> &Unverified<Body> {
        &self.transition
    }
}

/// Reads a submission: its JWS, its body, its chain and its type.
///
/// # Errors
/// `malformed`, `schema`, `too_large`, `wrong_chain`.
pub fn parse(submission: Submission, chain: &ChainId, kinds: &[Kind]) -> Result<Checked, Problem> {
    let transition = Unverified::parse(submission.transition).map_err(|error| jws_problem(&error))?;
    let claims = transition.claims();
    if claims.chain != *chain {
        let expected = chain.to_string();
        return Err(Problem::new(ProblemCode::WrongChain)
            .at("/chain", expected)
            .found(claims.chain.to_string()));
    }
    if !kinds.iter().any(|kind| kind.as_str() == claims.kind) {
        let expected = kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join("|");
        return Err(Problem::schema("/type", expected).found(claims.kind.clone()));
    }
    let transition = transition.decode(body::parse).map_err(|error| Problem::body(&error, "/body"))?;
    Ok(Checked { transition, sealed: submission.sealed })
}

/// Checks that a transition was signed about now.
pub(super) fn window(iat: Time, now: Time, window_seconds: u32) -> Result<(), Problem> {
    if iat.distance(now) <= u64::from(window_seconds) {
        return Ok(());
    }
    let seconds = i64::from(window_seconds);
    let expected = format!("{}..{}", now.plus(-seconds).unix(), now.plus(seconds).unix());
    Err(Problem::new(ProblemCode::Stale).at("/iat", expected).found(iat.unix().to_string()))
}

/// The key that a `party.enroll` brings along, ready to verify with; nothing for every other type.
pub(super) fn own_key(transition: &Unverified<Body>) -> Result<Option<PreparedKey>, Problem> {
    let Command::PartyEnroll { key } = transition.body().command() else { return Ok(None) };
    if key.id != transition.kid() {
        let problem = Problem::new(ProblemCode::Schema).wrong("/body/key", Wrong::KeyOwn);
        return Err(problem.wanted(jwk::kid(&transition.kid())).found(jwk::kid(&key.id)));
    }
    let derived = PartyId::Person(jwk::person(&key.id));
    if derived != transition.claims().party {
        let found = transition.claims().party.to_string();
        return Err(Problem::schema("/party", derived.to_string()).found(found));
    }
    PreparedKey::new(&key.public)
        .map(Some)
        .map_err(|_| Problem::new(ProblemCode::Schema).wrong("/body/key", Wrong::KeyPoint))
}

/// Checks the signature.
pub(super) fn signature(
    verifier: &dyn Verifier,
    transition: Unverified<Body>,
    key: &PreparedKey,
) -> Result<Verified<Body>, Problem> {
    let signing_input_sha256 = hex::encode(&Sha256::digest(transition.signing_input().as_bytes()));
    let found = transition.algorithm();
    verifier.verify(transition, key).map_err(|error| {
        let mut problem = Problem::new(ProblemCode::BadSignature);
        problem = match error {
            SignatureError::Algorithm => problem.at("/alg", key.algorithm().as_str()).found(found.as_str()),
            SignatureError::Key | SignatureError::Signature => problem.wrong("", Wrong::Signature),
        };
        problem.rest.evidence = Evidence::Signature { signing_input_sha256 };
        problem
    })
}

/// Checks that sealed data is there if and only if the body names its digest, and is what the digest is of.
pub(super) fn sealed<'a>(
    transition: &Verified<Body>,
    input: Option<&'a SealedInput>,
) -> Result<Option<&'a Sealed>, Problem> {
    match (transition.body().sealed_digest(), input) {
        (None, None) => Ok(None),
        (Some(_), None) => Err(Problem::new(ProblemCode::SealedMissing).wrong("/sealed", Wrong::SealedData)),
        (None, Some(_)) => {
            Err(Problem::new(ProblemCode::SealedMissing).wrong("/body/sealed_digest", Wrong::SealedDigest))
        }
        (Some(digest), Some(input)) => match input.sealed.check(digest) {
            Ok(()) => Ok(Some(&input.sealed)),
            Err(mismatch) => {
                let first_difference = first_difference(&input.data_text, &mismatch.canonical);
                let mut problem = Problem::new(ProblemCode::SealedMismatch)
                    .at("/body/sealed_digest", mismatch.digest.to_string())
                    .found(digest.to_string());
                problem.rest.evidence = Evidence::Sealed {
                    canonical: mismatch.canonical,
                    digest: mismatch.digest.to_string(),
                    first_difference,
                };
                Err(problem)
            }
        },
    }
}

/// The offset of the first byte in which two texts differ.
fn first_difference(sent: &str, canonical: &str) -> Option<usize> {
    let common = sent.bytes().zip(canonical.bytes()).take_while(|(a, b)| a == b).count();
    (sent.len() != canonical.len() || common < sent.len()).then_some(common)
}

fn jws_problem(error: &JwsError) -> Problem {
    let malformed = |wrong| Problem::new(ProblemCode::Malformed).wrong("/transition", wrong);
    match error {
        JwsError::TooLarge { bytes, max } => Problem::new(ProblemCode::TooLarge)
            .wrong("/transition", Wrong::Size)
            .wanted(format!("..{max}"))
            .found(bytes.to_string()),
        JwsError::NotCompact => malformed(Wrong::JwsCompact),
        JwsError::Encoding { .. } => malformed(Wrong::JwsEncoding),
        JwsError::NotUtf8 { .. } => malformed(Wrong::JwsUtf8),
        JwsError::SignatureLength => malformed(Wrong::SignatureLength),
        // Lines and columns of JSON that travels in base64url tell nobody anything.
        JwsError::Json { part: _, source } => Problem::json(ProblemCode::Schema, &source.clone().inside("")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_is_closed_at_both_ends() {
        let check = |iat: i64, expect: bool| {
            assert_eq!(window(Time::from_unix(iat), Time::from_unix(1000), 600).is_ok(), expect, "{iat}");
        };
        check(400, true);
        check(399, false);
        check(1600, true);
        check(1601, false);
        check(i64::MAX, false);
        check(i64::MIN, false);
    }

    #[test]
    fn the_first_difference_is_found() {
        let check = |sent: &str, canonical: &str, expect: Option<usize>| {
            assert_eq!(first_difference(sent, canonical), expect, "{sent} {canonical}");
        };
        check("{}", "{}", None);
        check("{ }", "{}", Some(1));
        check("{\"a\":1}", "{\"a\":2}", Some(5));
        check("", "{}", Some(0));
        check("{}x", "{}", Some(2));
    }
}
