//! Every type's example is read, and written back as it was.

#[expect(dead_code, reason = "edits are for the refusals")]
mod body_examples;

use body_examples::EXAMPLES;
use piao_domain::command::Kind;
use piao_protocol::body;

#[test]
fn every_type_has_an_example() {
    for kind in Kind::ALL {
        assert!(EXAMPLES.iter().any(|(name, _)| *name == kind.as_str()), "{}", kind.as_str());
    }
}

#[test]
fn examples_are_read_and_written_back_as_they_were() {
    for (kind, raw) in EXAMPLES {
        let body = body::parse(kind, raw).unwrap_or_else(|error| panic!("{kind} {raw}: {error}"));
        assert_eq!(body.render(), *raw, "{kind}");
        assert_eq!(body.kind().as_str(), *kind);
        assert_eq!(body::parse(kind, &body.render()), Ok(body.clone()), "{kind}");
        if body.sealed_digest().is_none() {
            assert_eq!(body::render(body.command()), (body.kind(), (*raw).to_owned()), "{kind}");
            assert_eq!(body::Body::new(body.command().clone()), body, "{kind}");
        }
    }
}
