use piao_testkit::body;
use piao_testkit::platform::table::{self, Call, every_operation_has_a_row};

use crate::support::ROLES;
use crate::support::World;
use crate::{force, locked, renew, request, unbook};

type Row = table::Row<ROLES>;

/// What an enterprise alone may sign: what issuer, owner and other enterprise are answered, all else is the same.
const fn signed(issuer: &'static str, owner: &'static str, other: &'static str) -> [&'static str; ROLES] {
    let no = "409 role.forbidden";
    [no, issuer, owner, other, no, no, no, "401 unknown_party"]
}

/// What only enterprises may read.
const OWN: [&str; ROLES] = read("200", "200", "200");

const fn read(issuer: &'static str, owner: &'static str, other: &'static str) -> [&'static str; ROLES] {
    let no = "403 forbidden";
    [no, issuer, owner, other, no, no, no, "401 unauthorized"]
}

async fn lock_writes(world: &World) -> Vec<Row> {
    let (buyer, other) = (&world.parties.buyer, &world.parties.other);
    let free = world.presented(1, &[buyer, other]).await;
    let (mut numbers, mut locks) = (Vec::new(), Vec::new());
    for sequence in 2..=5 {
        let number = world.presented(sequence, &[buyer]).await;
        locks.push(locked(world, &number, buyer, "BX-1").await);
        numbers.push(number);
    }
    world.accept(buyer, "booking.book", &body::book(&numbers[2])).await;
    let path = |at: usize, verb: &str| format!("/v1/locks/{}:{verb}", locks[at]);
    let using = |at: usize| body::use_lock(&numbers[at], &locks[at], 1);
    let not_owner = signed("409 lock.not_owner", "201", "409 lock.not_owner");
    let not_presented = signed("409 claim.not_presented", "201", "409 lock.exists");
    let no = "409 role.forbidden";
    let bureau_only = ["201", no, no, no, no, no, no, "401 unknown_party"];
    let longer = renew(&numbers[0], &locks[0], 1, 60);
    let (forced, force) = (format!("/v1/invoices/{}:force-release", numbers[3]), force(&numbers[3], buyer));
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
    let buyer = &world.parties.buyer;
    let (free, booked) = (world.presented(6, &[buyer]).await, world.presented(7, &[buyer]).await);
    for number in [&free, &booked] {
        locked(world, number, buyer, "BX-1").await;
    }
    world.accept(buyer, "booking.book", &body::book(&booked)).await;
    let not_booker = signed("409 booking.owner", "201", "409 booking.owner");
    let path = format!("/v1/bookings/{booked}:unbook");
    vec![
        Row::write("POST /v1/bookings", "/v1/bookings", "booking.book", body::book(&free), not_booker),
        Row::write("POST /v1/bookings/{number}:unbook", path, "booking.unbook", unbook(&booked), not_booker),
    ]
}

async fn reads(world: &World) -> Vec<Row> {
    let number = world.presented(8, &[&world.parties.buyer]).await;
    let lock = locked(world, &number, &world.parties.buyer, "BX-3").await;
    let none = "404 not_found";
    vec![
        Row {
            operation: "POST /v1/locks:check",
            path: "/v1/locks:check".to_owned(),
            call: Call::Ask(request(&number, "BX-4", 10_600, 60)),
            expect: read("200", "200", none),
        },
        Row::read(
            "GET /v1/locks/{id}",
            format!("/v1/locks/{lock}"),
            ["200", none, "200", none, "200", none, none, "401 unauthorized"],
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
