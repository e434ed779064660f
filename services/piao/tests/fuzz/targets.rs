//! What is asked for by the target of a request, path and parameters, of the services as they are served.

use std::fmt::Write as _;

use piao_edge::http::LIMIT_MAX;
use piao_testkit::platform::{Answer, Roles, TestPlatform};
use piao_testkit::{body, every_service};
use serde_json::Value;
use tokio::runtime::Handle;
use tokio::task::block_in_place;

use crate::{LINE_BYTES_MAX, corpus};

/// What is answered to what cannot be asked for, and to whoever asks too much.
const REFUSALS: [u16; 5] = [403, 404, 405, 422, 429];

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_target_is_answered_by_what_is_there_or_by_a_problem() {
    let (platform, roles) = (TestPlatform::start(&every_service!()).await, Roles::new());
    roles.join(&platform).await;
    platform.accept(&platform.chain.bureau, "rules.deploy", &body::rules(1)).await;
    let runtime = Handle::current();
    block_in_place(|| {
        corpus("request-target", LINE_BYTES_MAX).feed(|bytes| {
            let target = target(bytes);
            let ours = ["/v1/parties", "/v1/blocks"].iter().any(|path| target.starts_with(path));
            let caller = if ours { &platform.chain.bureau } else { &roles.seller };
            answered(&runtime.block_on(platform.get(&target).by(caller).send()))
        });
    });
    platform.stop().await;
}

/// Whether an answer is what was asked for.
fn answered(answer: &Answer) -> bool {
    if answer.status == 200 {
        let document: Value = serde_json::from_str(&answer.body).unwrap_or_default();
        let rows = document["data"].as_array().map_or(0, Vec::len);
        assert!(rows <= LIMIT_MAX as usize, "{rows} rows");
        return true;
    }
    let problem = answer.json();
    assert!(REFUSALS.contains(&answer.status), "{} {problem}", answer.status);
    assert_eq!(problem["status"], answer.status, "{problem}");
    assert!(problem["code"].as_str().is_some_and(|code| !code.is_empty()), "{problem}");
    false
}

/// Bytes as a client's library would send them: what cannot stand in a target is encoded (RFC 3986 §2.1).
fn target(bytes: &[u8]) -> String {
    let mut target = String::from("/");
    for byte in bytes.strip_prefix(b"/").unwrap_or(bytes) {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => target.push(char::from(*byte)),
            b'/' | b'?' | b'&' | b'=' | b':' | b'%' | b'-' | b'_' | b'.' | b'+' => {
                target.push(char::from(*byte))
            }
            other => write!(target, "%{other:02X}").unwrap(),
        }
    }
    target
}
