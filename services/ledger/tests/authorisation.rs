//! Every operation of the ledger by every role, and what a block by itself looks like.

use std::time::Duration;

use piao_protocol::checkpoint::{NoteKey, UnverifiedCheckpoint};
use piao_protocol::claim::ClaimSecret;
use piao_protocol::digest::TreeHash;
use piao_protocol::encoding::base64url;
use piao_protocol::log::{leaf_hash, verify_inclusion};
use piao_testkit::actor::Signed;
use piao_testkit::body;
use piao_testkit::platform::table::{self, Call, every_operation_has_a_row};
use piao_testkit::platform::{ROLES, Roles, TestPlatform};

type Row = table::Row<ROLES>;

const HIDDEN: &str = "404 not_found";
const FORBIDDEN: &str = "403 forbidden";
const ROLE: &str = "409 role.forbidden";
const NO_TOKEN: &str = "401 unauthorized";

/// An invoice names who issues it and who buys.
const OF_THE_INVOICE: [&str; ROLES] =
    ["200", "200", "200", HIDDEN, HIDDEN, HIDDEN, HIDDEN, HIDDEN, "200", NO_TOKEN];
/// A presentation names the holder, who signs it, and the enterprise.
const OF_THE_PRESENTATION: [&str; ROLES] =
    ["200", HIDDEN, HIDDEN, HIDDEN, "200", HIDDEN, "200", HIDDEN, "200", NO_TOKEN];
/// A lock names nobody but its owner, who signs it; a release by force names that one, too.
const OF_THE_LOCK: [&str; ROLES] =
    ["200", HIDDEN, HIDDEN, "200", HIDDEN, HIDDEN, HIDDEN, HIDDEN, "200", NO_TOKEN];
/// Blocks hold what concerns everybody.
const OURS: [&str; ROLES] =
    ["200", FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN, "200", NO_TOKEN];
const PUBLIC: [&str; ROLES] = ["200"; ROLES];

struct World {
    platform: TestPlatform,
    roles: Roles,
    invoice: Signed,
    presentation: Signed,
    lock: Signed,
    forced: Signed,
}

impl World {
    async fn start() -> Self {
        let (platform, roles) = (TestPlatform::start(&[]).await, Roles::new());
        let Roles { seller, buyer, owner, presented, holder, .. } = &roles;
        roles.join(&platform).await;
        let bureau = &platform.chain.bureau;
        platform.accept(bureau, "rules.deploy", &body::rules(1)).await;
        let today = platform.now().date().to_string();
        platform.accept(bureau, "rules.activate", &body::activate(1, &today)).await;
        platform.accept(seller, "quota.apply", &body::apply(platform.now().month(), 10)).await;
        let number = |sequence| format!("{:02}950{sequence:015}", platform.now().month().short_year());
        let invoice =
            platform.accept(seller, "invoice.issue", &body::issue(&number(1), Some(buyer), None)).await;
        let secret = ClaimSecret::from_seed(&[7; 32]);
        let key = base64url::encode(secret.key().as_bytes());
        platform.accept(seller, "invoice.issue", &body::issue(&number(2), None, Some(&key))).await;
        let proof = secret.sign_claim(platform.chain.id(), &number(2), &holder.party);
        let proof = base64url::encode(proof.as_bytes());
        platform.accept(holder, "claim.take", &body::take(&number(2), Some(&proof))).await;
        let present = |to| body::present(&number(2), to);
        let presentation = platform.accept(holder, "claim.present", &present(presented)).await;
        platform.accept(holder, "claim.present", &present(owner)).await;
        let lock = platform.accept(owner, "reimbursement.lock", &body::lock(&number(2), "BX-1")).await;
        let force = format!(r#"{{"invoice":"{}","party":"{}","reason":"error"}}"#, number(2), owner.party);
        let forced = platform.accept(bureau, "reimbursement.force_release", &force).await;
        Self { platform, roles, invoice, presentation, lock, forced }
    }

    fn rows(&self) -> Vec<Row> {
        let row = |operation, path: String, call, expect| Row { operation, path, call, expect };
        let one = |signed: &Signed, expect| {
            let path = format!("/v1/transitions/{}", signed.id);
            let proof = format!("{path}/proof");
            [
                row("GET /v1/transitions/{id}", path, Call::Read, expect),
                row("GET /v1/transitions/{id}/proof", proof, Call::Read, expect),
            ]
        };
        // The signature says who it is, so that it needs no token.
        let apply = Call::Write("quota.apply", body::apply(self.platform.now().month(), 1));
        let by_enterprises = [ROLE, "201", "201", "201", "201", "201", ROLE, ROLE, ROLE, "401 unknown_party"];
        let mut rows = vec![
            row("POST /v1/transitions", "/v1/transitions".to_owned(), apply, by_enterprises),
            row("GET /v1/blocks", "/v1/blocks?from=0&limit=2".to_owned(), Call::Read, OURS),
            row("GET /v1/blocks/{height}", "/v1/blocks/1".to_owned(), Call::Read, OURS),
            row("GET /log/checkpoint", "/log/checkpoint".to_owned(), Call::Open, PUBLIC),
            row("GET /log/proof/{index}", "/log/proof/0".to_owned(), Call::Open, PUBLIC),
            row("GET /log/tile/{path}", "/log/tile/0/000.p/1".to_owned(), Call::Open, PUBLIC),
        ];
        rows.extend(one(&self.invoice, OF_THE_INVOICE));
        rows.extend(one(&self.presentation, OF_THE_PRESENTATION));
        rows.extend(one(&self.lock, OF_THE_LOCK));
        rows.extend(one(&self.forced, OF_THE_LOCK));
        rows
    }

    /// Waits until a checkpoint covers everything, so that proofs can be had.
    async fn checkpointed(&self) {
        let path = format!("/v1/transitions/{}/proof", self.forced.id);
        let covered = async {
            let mut due = tokio::time::interval(Duration::from_millis(50));
            loop {
                due.tick().await;
                if self.platform.get(&path).by(&self.roles.owner).send().await.status == 200 {
                    return;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(30), covered).await.expect("a checkpoint in time");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_answers_every_role_as_it_should() {
    let world = World::start().await;
    let rows = world.rows();
    every_operation_has_a_row(&piao_ledger::openapi(), &rows);
    world.checkpointed().await;
    world.platform.check_table(world.roles.each(&world.platform), &rows).await;
    world.platform.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_by_itself_is_the_line_that_an_export_has() {
    let world = World::start().await;
    let bureau = &world.platform.chain.bureau;
    let get = async |path: &str| world.platform.get(path).by(bureau).send().await;
    let lines = get("/v1/blocks?from=0&limit=500").await.body;
    for (height, line) in lines.lines().enumerate() {
        let answer = get(&format!("/v1/blocks/{height}")).await;
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(answer.ok()["header"]["height"], height);
        assert_eq!(answer.body.trim_end(), line);
    }
    let next = lines.lines().count();
    assert!(next > 6, "{next} blocks");
    let check = async |height: &str, expect: (u16, &str)| {
        let (status, code) = get(&format!("/v1/blocks/{height}")).await.code();
        assert_eq!((status, code.as_str()), expect, "{height}");
    };
    check(&next.to_string(), (404, "not_found")).await;
    check("18446744073709551615", (404, "not_found")).await;
    check("01", (422, "schema")).await;
    check("-1", (422, "schema")).await;
    check("x", (422, "schema")).await;
    world.platform.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn anybody_can_prove_that_an_entry_is_in_the_log() {
    let world = World::start().await;
    world.checkpointed().await;
    let platform = &world.platform;
    let get = async |path: String| platform.get(&path).send().await;
    let mut index = 0;
    loop {
        let answer = get(format!("/log/proof/{index}")).await;
        if answer.status == 404 {
            break;
        }
        let proof = answer.ok();
        let text = |member: &str| proof[member].as_str().expect("a text").to_owned();
        let note = UnverifiedCheckpoint::parse(&text("checkpoint")).expect("a note");
        let keys =
            [NoteKey::of_log(platform.chain.id(), &platform.chain.genesis.content().logs[0].key).unwrap()];
        let signed = note.verify(&keys).expect("signed by the log");
        let (size, root) = (signed.checkpoint().size, signed.checkpoint().root);
        let leaf = leaf_hash(&base64url::decode(&text("entry")).expect("base64url"));
        let path: Vec<TreeHash> = serde_json::from_value(proof["path"].clone()).expect("hashes");
        assert_eq!(verify_inclusion(&leaf, index, size, &path, &root), Ok(()), "{proof}");
        assert!(verify_inclusion(&leaf, index + 1, size, &path, &root).is_err());
        index += 1;
    }
    assert!(index > 12, "{index} entries");
    let check = async |index: &str, expect: (u16, &str)| {
        let (status, code) = get(format!("/log/proof/{index}")).await.code();
        assert_eq!((status, code.as_str()), expect, "{index}");
    };
    check("18446744073709551615", (404, "not_found")).await;
    check("01", (422, "schema")).await;
    check("x", (422, "schema")).await;
    world.platform.stop().await;
}
