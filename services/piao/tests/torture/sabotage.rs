//! What the product never does is done behind its back, and must be noticed: a check that never failed proves nothing.

use std::sync::Arc;

use piao_testkit::body;

use super::afterwards;
use super::cast::{Cast, now, sign};
use super::conductor::Conductor;
use super::edges::Edges;
use super::history::{Act, History};
use super::load::Load;
use super::platform::Platform;
use super::postgres::{ask, connect};
use super::running::{PATIENCE, within};
use super::{Folder, confine};

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_closed_early_and_a_ledger_that_gets_its_epoch_back_are_noticed() {
    if let Some(good) =
        confine::again("sabotage::a_journal_closed_early_and_a_ledger_that_gets_its_epoch_back_are_noticed")
    {
        assert!(good, "see above");
        return;
    }
    let folder = Folder::new("sabotage");
    let mut platform = Platform::start(folder.path(), &[]).await;
    let history = Arc::new(History::new());
    let cast = Cast::enter(&platform, &history).await;
    close_early(&mut platform, &cast, &history).await;
    let edges = Edges::new(&platform.base("ledger"), Arc::clone(&history));
    let load = Load::new(cast, edges, 1);
    let living = load.start();
    let mut conductor = Conductor::new(&mut platform);
    conductor.take_over(true).await;
    let fencing = std::mem::take(&mut conductor.flaws);
    conductor.bring_back().await;
    load.stop();
    living.await.unwrap();
    let (flaws, _) = afterwards::check(&platform, &load, &history).await;
    assert!(fencing.iter().any(|flaw| flaw.contains("does not say so when it is woken")), "{fencing:?}");
    let lost = flaws.iter().filter(|flaw| flaw.contains("was answered 202 and is not decided")).count();
    assert_eq!((lost, flaws.len()), (1, 2), "that it is lost is found twice, and nothing else: {flaws:#?}");
}

/// A transition is answered 202 while there is no broker; then its journal forgets it.
async fn close_early(platform: &mut Platform, cast: &Cast, history: &History) {
    platform.rabbitmq.kill().await;
    let number = piao_testkit::scenario::number(now(), 900_001);
    let signed = sign(&cast.seller, "invoice.issue", &body::issue(&number, None, Some(&key())));
    let place = history.invoke(signed.id(), 900_001, Act::Prepare);
    within(PATIENCE, "it is recorded", async || {
        let submitted = cast.seller.submit(&signed, piao_client::Wait::NONE).await;
        matches!(submitted, Ok(piao_client::Submitted::Recorded { .. }))
    })
    .await;
    history.recorded(place);
    let client = connect(platform.postgres.url()).await.unwrap();
    let rows = client.execute("DELETE FROM issuance.journal", &[]).await.unwrap();
    assert_eq!(rows, 1);
    platform.kill("issuance").await;
    platform.rabbitmq.start_again().await;
    platform.launch("issuance", None);
    platform.all_ready().await;
    let left = ask(platform.postgres.url(), "SELECT count(*) FROM issuance.journal").await;
    assert_eq!(left, Some(0));
}

fn key() -> String {
    let secret = piao_protocol::claim::ClaimSecret::from_seed(&[3; 32]);
    piao_protocol::encoding::base64url::encode(secret.key().as_bytes())
}
