use piao_testkit::body;
use piao_testkit::platform::table::{self, Call, every_operation_has_a_row};

use crate::support::{ROLES, Roles, World};
use crate::{force, locked, renew, request, unbook};

type Row = table::Row<ROLES>;

/// What an enterprise alone may sign and the lock's owner did: what one that it is presented to is answered, and others.
const fn signed(presented: &'static str, other: &'static str) -> [&'static str; ROLES] {
    let no = "409 role.forbidden";
    [no, other, other, "201", presented, other, no, no, no, "401 unknown_party"]
}

/// What only enterprises may read.
const OWN: [&str; ROLES] = read("200");

/// What an enterprise may read that has nothing to do with it.
const fn read(other: &'static str) -> [&'static str; ROLES] {
    let no = "403 forbidden";
    [no, "200", "200", "200", "200", other, no, no, no, "401 unauthorized"]
}

async fn lock_writes(world: &World) -> Vec<Row> {
    let Roles { owner, presented, .. } = &world.parties;
    let free = world.presented(1, &[owner, presented]).await;
    let (mut numbers, mut locks) = (Vec::new(), Vec::new());
    for sequence in 2..=5 {
        let number = world.presented(sequence, &[owner, presented]).await;
        locks.push(locked(world, &number, owner, "BX-1").await);
        numbers.push(number);
    }
    world.accept(owner, "booking.book", &body::book(&numbers[2])).await;
    let path = |at: usize, verb: &str| format!("/v1/locks/{}:{verb}", locks[at]);
    let using = |at: usize| body::use_lock(&numbers[at], &locks[at], 1);
    let not_owner = signed("409 lock.not_owner", "409 lock.not_owner");
    let not_presented = signed("409 lock.exists", "409 claim.not_presented");
    let no = "409 role.forbidden";
    let bureau_only = ["201", no, no, no, no, no, no, no, no, "401 unknown_party"];
    let longer = renew(&numbers[0], &locks[0], 1, 60);
    let (forced, force) = (format!("/v1/invoices/{}:force-release", numbers[3]), force(&numbers[3], owner));
    let whole = body::lock(&free, "BX-2");
    vec![
        Row::write("POST /v1/locks", "/v1/locks", "reimbursement.lock", whole, not_presented),
        Row::write("POST /v1/locks/{id}:renew", path(0, "renew"), "reimbursement.renew", longer, not_owner),
        Row::write(
            "POST /v1/locks/{id}:release",
            path(1, "release"),
            "reimbursement.release",
            using(1),
            not_owner,
        ),
        Row::write(
            "POST /v1/locks/{id}:settle",
            path(2, "settle"),
            "reimbursement.settle",
            using(2),
            not_owner,
        ),
        Row::write(
            "POST /v1/invoices/{number}:force-release",
            forced,
            "reimbursement.force_release",
            force,
            bureau_only,
        ),
    ]
}

async fn booking_writes(world: &World) -> Vec<Row> {
    let Roles { owner, presented, .. } = &world.parties;
    let both = [owner, presented];
    let (free, booked) = (world.presented(6, &both).await, world.presented(7, &both).await);
    for number in [&free, &booked] {
        locked(world, number, owner, "BX-1").await;
    }
    world.accept(owner, "booking.book", &body::book(&booked)).await;
    let not_booker = signed("409 booking.owner", "409 booking.owner");
    let path = format!("/v1/bookings/{booked}:unbook");
    vec![
        Row::write("POST /v1/bookings", "/v1/bookings", "booking.book", body::book(&free), not_booker),
        Row::write("POST /v1/bookings/{number}:unbook", path, "booking.unbook", unbook(&booked), not_booker),
    ]
}

async fn reads(world: &World) -> Vec<Row> {
    let Roles { owner, presented, .. } = &world.parties;
    // It names a buyer, and yet another enterprise may lock it.
    let number = world.named_and_presented(8, &[owner, presented]).await;
    let lock = locked(world, &number, owner, "BX-3").await;
    let none = "404 not_found";
    vec![
        Row {
            operation: "POST /v1/locks:check",
            path: "/v1/locks:check".to_owned(),
            call: Call::Ask(request(&number, "BX-4", 10_600, 60)),
            expect: read(none),
        },
        Row::read(
            "GET /v1/locks/{id}",
            format!("/v1/locks/{lock}"),
            ["200", none, none, "200", none, none, "200", none, none, "401 unauthorized"],
        ),
        Row::read("GET /v1/locks", "/v1/locks", OWN),
        Row::read("GET /v1/bookings", "/v1/bookings", OWN),
        Row::read("GET /v1/inbox", "/v1/inbox", OWN),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_answers_every_role_as_it_should() {
    let world = crate::world().await;
    let mut rows = lock_writes(&world).await;
    rows.extend(booking_writes(&world).await);
    rows.extend(reads(&world).await);
    every_operation_has_a_row(&piao_reimbursement::openapi(), &rows);
    world.platform.check_table(world.roles(), &rows).await;
    world.stop().await;
}
