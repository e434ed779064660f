//! What clients do all the while: invoices are issued, claimed, presented to rivals who all want to reimburse them, locked,
//! released, booked and settled.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use piao_client::{Client, Signed};
use piao_domain::ids::TransitionId;
use piao_protocol::claim::ClaimSecret;
use piao_protocol::encoding::base64url;
use piao_protocol::outcome::{Effect, Outcome};
use piao_testkit::sim::Seeded;
use piao_testkit::{body, scenario};
use tokio::sync::Mutex;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::interval;

use super::cast::{Cast, RIVALS, holder, now, rival, sign};
use super::edges::Edges;
use super::history::{Act, Told};

/// A new life this often, so long as no more than so many are under way.
const LIFE_EVERY: Duration = Duration::from_millis(250);
const LIVES_AT_ONCE: usize = 24;
/// Locks that each rival tries for.
const ROUNDS: u8 = 3;

/// Everything that the clients of a run share.
pub(crate) struct Load {
    cast: Cast,
    edges: Edges,
    seed: u64,
    stopped: AtomicBool,
    /// Lives that began, whose invoices have these numbers.
    begun: AtomicU64,
    /// What was signed, and by whom: whoever gives up keeps it.
    signed: Mutex<BTreeMap<TransitionId, (Client, Signed)>>,
}

impl Load {
    pub(crate) fn new(cast: Cast, edges: Edges, seed: u64) -> Arc<Self> {
        let (stopped, begun, signed) = (AtomicBool::new(false), AtomicU64::new(0), Mutex::default());
        Arc::new(Self { cast, edges, seed, stopped, begun, signed })
    }

    /// No new lives; those under way go on to their end.
    pub(crate) fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    /// Goes on until it is told to stop, and may be started again then. Ends with how many lives there were by now.
    pub(crate) fn start(self: &Arc<Self>) -> JoinHandle<u64> {
        self.stopped.store(false, Ordering::Relaxed);
        tokio::spawn(Arc::clone(self).run())
    }

    async fn run(self: Arc<Self>) -> u64 {
        let (mut beat, mut lives) = (interval(LIFE_EVERY), JoinSet::new());
        while !self.stopped.load(Ordering::Relaxed) {
            beat.tick().await;
            while lives.len() >= LIVES_AT_ONCE {
                lives.join_next().await.expect("a life").expect("a life that does not panic");
            }
            let begun = self.begun.fetch_add(1, Ordering::Relaxed) + 1;
            let load = Arc::clone(&self);
            lives.spawn(async move { load.life(begun).await });
        }
        for ended in lives.join_all().await {
            let () = ended;
        }
        self.begun.load(Ordering::Relaxed)
    }

    /// Sends what clients gave up, until it is decided. What was answered 202 is not sent again: it is decided as it is.
    pub(crate) async fn carry_on(&self) {
        let (operations, _) = self.edges.history.look();
        let signed = self.signed.lock().await;
        for (place, operation) in self.edges.history.places(&operations) {
            if operation.receipts.is_empty() && !operation.recorded {
                let (client, signed) = &signed[&operation.id];
                if let Some(receipt) = self.edges.carry_on(client, signed, place).await {
                    self.edges.history.told_later(place, receipt);
                }
            }
        }
    }

    async fn life(&self, sequence: u64) {
        let mut chance = Seeded::new(self.seed ^ sequence.wrapping_mul(0x1000_0001));
        let number = scenario::number(now(), sequence);
        let secret = ClaimSecret::from_seed(&[3; 32]);
        let key = base64url::encode(secret.key().as_bytes());
        let chain = self.cast.seller.chain();
        let proof = base64url::encode(secret.sign_claim(chain, &number, &holder().party).as_bytes());
        let mut steps = vec![
            (&self.cast.seller, "invoice.issue", body::issue(&number, None, Some(&key))),
            (&self.cast.holder, "claim.take", body::take(&number, Some(&proof))),
        ];
        let present = |place| (&self.cast.holder, "claim.present", body::present(&number, &rival(place)));
        steps.extend((0..RIVALS.len()).map(present));
        for (client, kind, body) in steps {
            let told = self.act(&mut chance, client, kind, &body, (sequence, Act::Prepare)).await;
            match told {
                Some((Told::Accepted, ..)) => {}
                // Whoever does not know whether it is issued does not go on.
                None => return,
                Some((Told::Refused(code), ..)) => {
                    return self.edges.history.surprise(format!("{sequence}: {kind} is refused {code}"));
                }
            }
        }
        let [first, second, third] = [0, 1, 2].map(|place| {
            let own = Seeded::new(chance.draw());
            self.compete(own, sequence, &number, place)
        });
        tokio::join!(first, second, third);
    }

    /// One rival tries to get the invoice, and reimburses it or gives it up.
    async fn compete(&self, mut chance: Seeded, sequence: u64, number: &str, place: usize) {
        let (client, rival) = (&self.cast.rivals[place], u8::try_from(place).unwrap());
        for round in 0..ROUNDS {
            let lock = body::lock(number, &format!("BX-{round}"));
            let asked = (sequence, Act::Lock { rival, round });
            let kind = "reimbursement.lock";
            let Some((told, id, token)) = self.act(&mut chance, client, kind, &lock, asked).await else {
                return;
            };
            match told {
                Told::Refused("lock.exists" | "booking.owner") => continue,
                Told::Refused("reimbursement.settled") => return,
                Told::Refused(code) => {
                    return self.edges.history.surprise(format!("{sequence}: a lock is refused {code}"));
                }
                Told::Accepted => {}
            }
            let held = body::use_lock(number, &id, token);
            let steps = match chance.below(6) {
                0 => return,
                1 | 2 => vec![("reimbursement.release", held, Act::Release { rival, round })],
                _ => vec![
                    ("booking.book", body::book(number), Act::Book { rival }),
                    ("reimbursement.settle", held, Act::Settle { rival, round }),
                ],
            };
            for (kind, body, act) in steps {
                match self.act(&mut chance, client, kind, &body, (sequence, act)).await {
                    Some((Told::Accepted, ..)) => {}
                    None => return,
                    Some((Told::Refused(code), ..)) => {
                        return self.edges.history.surprise(format!("{sequence}: {act:?} is refused {code}"));
                    }
                }
            }
        }
    }

    /// Signs once and sends until it is decided. What came of it, its id, and the token of a lock.
    async fn act(
        &self,
        chance: &mut Seeded,
        client: &Client,
        kind: &str,
        body: &str,
        asked: (u64, Act),
    ) -> Option<(Told, TransitionId, u64)> {
        let signed = sign(client, kind, body);
        self.signed.lock().await.insert(signed.id(), (client.clone(), signed.clone()));
        let receipt = self.edges.carry_out(chance, client, &signed, asked).await?;
        let token = match &receipt.outcome {
            Outcome::Accepted(Effect::Locked { token, .. }) => *token,
            Outcome::Accepted(_) | Outcome::Rejected(_) => 0,
        };
        Some((Told::of(&receipt.outcome), signed.id(), token))
    }
}
