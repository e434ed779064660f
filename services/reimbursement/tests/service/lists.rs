use piao_domain::ids::TransitionId;
use piao_testkit::body;

use crate::support::{World, column, schema};
use crate::{force, locked, request, settled, unbook};

#[tokio::test(flavor = "multi_thread")]
async fn every_filter_shows_exactly_the_locks_in_its_states() {
    let world = crate::world().await;
    let (buyer, bureau) = (&world.parties.buyer, &world.platform.chain.bureau);
    let mut numbers = Vec::new();
    for sequence in 1..=5 {
        numbers.push(world.presented(sequence, &[buyer]).await);
    }
    let live = locked(&world, &numbers[0], buyer, "BX-1").await;
    let released = locked(&world, &numbers[1], buyer, "BX-2").await;
    let release = body::use_lock(&numbers[1], &released, 1);
    world.accept(buyer, "reimbursement.release", &release).await;
    let paid = settled(&world, &numbers[2], buyer, "BX-3").await;
    let forced = locked(&world, &numbers[3], buyer, "BX-4").await;
    world.accept(bureau, "reimbursement.force_release", &force(&numbers[3], buyer)).await;
    let brief = request(&numbers[4], "BX-5", 10_600, 1);
    let lapsed = world.accept(buyer, "reimbursement.lock", &brief).await;
    world.pass(lapsed.time.plus(1)).await;
    let lapsed = lapsed.transition;
    let check = async |query: &str, expect: &[(&TransitionId, &str)]| {
        let answer = world.get(&format!("/v1/locks{query}"), buyer).await;
        let got: Vec<_> = column(&answer, "id").into_iter().zip(column(&answer, "state")).collect();
        let expect: Vec<_> = expect.iter().map(|(id, state)| (id.to_string(), (*state).to_owned())).collect();
        assert_eq!(got, expect, "{query}");
    };
    let all = [
        (&live, "live"),
        (&released, "released"),
        (&paid, "settled"),
        (&forced, "forced"),
        (&lapsed, "lapsed"),
    ];
    check("", &all).await;
    check("?state=live", &all[..1]).await;
    check("?state=ended", &all[1..]).await;
    check("?state=lapsed", &all[4..]).await;
    check(&format!("?invoice={}", numbers[2]), &all[2..3]).await;
    check(&format!("?invoice={}&state=live", numbers[2]), &[]).await;
    check("?claim_ref=BX-4", &all[3..4]).await;
    // A booking's lock stays, and a refused transition puts the lapse on the record.
    let late = body::use_lock(&numbers[4], &lapsed, 1);
    world.platform.refuse(buyer, "reimbursement.release", &late, "lock.expired").await;
    check("?state=lapsed", &all[4..]).await;
    let others = world.get("/v1/locks", &world.parties.other).await;
    assert_eq!(column(&others, "id"), Vec::<String>::new());
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_locks_follow_each_other_also_within_one_invoice() {
    let world = crate::world().await;
    let buyer = &world.parties.buyer;
    let number = world.presented(1, &[buyer]).await;
    let mut expect = Vec::new();
    for token in 1..=3 {
        let lock = locked(&world, &number, buyer, &format!("BX-{token}")).await;
        world.accept(buyer, "reimbursement.release", &body::use_lock(&number, &lock, token)).await;
        expect.push(lock.to_string());
    }
    expect.sort();
    expect.push(locked(&world, &world.presented(2, &[buyer]).await, buyer, "BX-1").await.to_string());
    let mut seen = Vec::new();
    let mut query = "?limit=1".to_owned();
    loop {
        let answer = world.get(&format!("/v1/locks{query}"), buyer).await;
        seen.extend(column(&answer, "id"));
        let Some(next) = answer.json()["next"].as_str().map(str::to_owned) else { break };
        query = format!("?limit=1&cursor={next}");
    }
    assert_eq!(seen, expect);
    parameters_have_their_shapes(&world).await;
    world.stop().await;
}

async fn parameters_have_their_shapes(world: &World) {
    let check = async |path: &str, pointer: &str| {
        schema(&world.get(path, &world.parties.buyer).await, pointer);
    };
    check("/v1/locks?limit=201", "?limit").await;
    check("/v1/locks?cursor=AAAA", "?cursor").await;
    check("/v1/locks?state=released", "?state").await;
    check("/v1/locks?invoice=1", "?invoice").await;
    check("/v1/locks?claim_ref=", "?claim_ref").await;
    check("/v1/bookings?state=01", "?state").await;
    check("/v1/bookings?month=2026-13", "?month").await;
    check("/v1/bookings?invoice=x", "?invoice").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bookings_are_listed_by_state_and_month() {
    let world = crate::world().await;
    let buyer = &world.parties.buyer;
    let (booked, undone) = (world.presented(1, &[buyer]).await, world.presented(2, &[buyer]).await);
    for (number, claim_ref) in [(&booked, "BX-1"), (&undone, "BX-2")] {
        locked(&world, number, buyer, claim_ref).await;
    }
    let decided = world.accept(buyer, "booking.book", &body::book(&booked)).await;
    world.accept(buyer, "booking.book", &body::book(&undone)).await;
    world.accept(buyer, "booking.unbook", &unbook(&undone)).await;
    let month = decided.time.month();
    let check = async |query: &str, expect: &[(&String, &str, &str)]| {
        let answer = world.get(&format!("/v1/bookings{query}"), buyer).await;
        let rows = column(&answer, "invoice").into_iter().zip(column(&answer, "state"));
        let got: Vec<_> = rows.zip(column(&answer, "month")).collect();
        let expect: Vec<_> = expect
            .iter()
            .map(|(number, state, month)| (((*number).clone(), (*state).to_owned()), (*month).to_owned()))
            .collect();
        assert_eq!(got, expect, "{query}");
    };
    let month_text = month.to_string();
    let (first, second) = ((&booked, "02", month_text.as_str()), (&undone, "06", ""));
    check("", &[first, second]).await;
    check("?state=02", &[first]).await;
    check("?state=03", &[]).await;
    check("?state=06", &[second]).await;
    check(&format!("?month={month}"), &[first]).await;
    check(&format!("?month={}", month.next()), &[]).await;
    check(&format!("?invoice={undone}"), &[second]).await;
    let others = world.get("/v1/bookings", &world.parties.other).await;
    assert_eq!(column(&others, "invoice"), Vec::<String>::new());
    world.stop().await;
}
