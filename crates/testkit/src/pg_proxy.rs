//! Stands between a ledger and PostgreSQL: it counts statements and, once when told to, cuts the connection around the
//! COMMIT of a block.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Which COMMIT fails, as the client sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// It never reaches the server: nothing is durable.
    BeforeCommit,
    /// Its answer never reaches the client: all is durable.
    AfterCommit,
    /// The client loses the connection while the server is at it: it is durable only after the client looked.
    WhileCommitting,
}

/// The proxy. It ends when this is dropped.
pub struct PgProxy {
    url: String,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

/// What the connections of a proxy share.
#[derive(Default)]
struct Shared {
    armed: AtomicU8,
    statements: AtomicU64,
}

const NO_CUT: u8 = 0;
const BEFORE: u8 = 1;
const AFTER: u8 = 2;
const LATE: u8 = 3;
/// How long a server takes over a COMMIT whose client has gone: longer than a ledger waits before it looks.
const SLOW_COMMIT: Duration = Duration::from_millis(2_500);

/// The last statement of a block, whose text is sent each time.
const BLOCK: &[u8] = b"UPDATE head SET height";
/// How a simple query ends that commits (PostgreSQL's protocol, chapter 55.7): whatever is asked before, and a zero.
const COMMIT: &[u8] = b"COMMIT\0";

impl PgProxy {
    /// A proxy before the database of a URL.
    ///
    /// # Panics
    /// Where the URL names no host and port, or there is no free port.
    pub async fn before(url: &str) -> Self {
        let (scheme, rest) = url.split_once("://").expect("a URL");
        let (authority, database) = rest.split_once('/').expect("a database");
        let (user, server) = authority.rsplit_once('@').expect("a user");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let own = listener.local_addr().expect("an address");
        let shared = Arc::<Shared>::default();
        let task = tokio::spawn(serve(listener, server.to_owned(), Arc::clone(&shared)));
        Self { url: format!("{scheme}://{user}@{own}/{database}"), shared, task }
    }

    /// Where clients connect to.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Cuts the connection around the next COMMIT of a block.
    pub fn cut_next(&self, cut: Cut) {
        let cut = match cut {
            Cut::BeforeCommit => BEFORE,
            Cut::AfterCommit => AFTER,
            Cut::WhileCommitting => LATE,
        };
        self.shared.armed.store(cut, Ordering::SeqCst);
    }

    /// Whether the cut that was asked for was made.
    #[must_use]
    pub fn has_cut(&self) -> bool {
        self.shared.armed.load(Ordering::SeqCst) == NO_CUT
    }

    /// How many statements clients have asked the server to execute so far, BEGIN and COMMIT included.
    #[must_use]
    pub fn statements(&self) -> u64 {
        self.shared.statements.load(Ordering::SeqCst)
    }
}

impl Drop for PgProxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(listener: TcpListener, server: String, shared: Arc<Shared>) {
    while let Ok((client, _)) = listener.accept().await {
        let (server, shared) = (server.clone(), Arc::clone(&shared));
        // An error is the end of a connection, as the client sees it.
        tokio::spawn(async move { carry(client, &server, &shared).await });
    }
}

/// Carries one connection until either side closes it or it is cut.
async fn carry(client: TcpStream, server: &str, shared: &Shared) -> io::Result<()> {
    let server = TcpStream::connect(server).await?;
    let ((from_client, mut to_client), (mut from_server, to_server)) =
        (client.into_split(), server.into_split());
    let (swallow, mut swallowed) = tokio::sync::watch::channel(false);
    let (gone, mut client_gone) = tokio::sync::watch::channel(false);
    let late = client_gone.clone();
    let up = forward(from_client, to_server, shared, swallow, gone);
    let down = async {
        let mut buffer = vec![0; 1 << 16];
        loop {
            let count = tokio::select! {
                count = from_server.read(&mut buffer) => count?,
                _ = client_gone.wait_for(|gone| *gone) => {
                    drop(to_client);
                    return Ok(());
                }
            };
            // The answer to a COMMIT that nobody is to hear of: the server has committed, and that is the end.
            if count == 0 || *swallowed.borrow_and_update() {
                return Ok(());
            }
            to_client.write_all(&buffer[..count]).await?;
        }
    };
    tokio::pin!(up);
    let ended = tokio::select! {
        ended = &mut up => return ended,
        ended = down => ended,
    };
    // What is on its way to the server gets there, although nobody waits for its answer.
    if *late.borrow() { up.await } else { ended }
}

async fn forward(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    shared: &Shared,
    swallow: tokio::sync::watch::Sender<bool>,
    gone: tokio::sync::watch::Sender<bool>,
) -> io::Result<()> {
    let mut buffer = vec![0; 1 << 16];
    let mut tail: Vec<u8> = Vec::new();
    let mut block = false;
    let mut counter = Counter::default();
    loop {
        let count = from.read(&mut buffer).await?;
        if count == 0 {
            return Ok(());
        }
        shared.statements.fetch_add(counter.count(&buffer[..count]), Ordering::SeqCst);
        // A word may come in two pieces.
        tail.extend_from_slice(&buffer[..count]);
        block |= contains(&tail, BLOCK);
        if block && contains(&tail, COMMIT) {
            block = false;
            match shared.armed.swap(NO_CUT, Ordering::SeqCst) {
                BEFORE => return Ok(()),
                AFTER => {
                    swallow.send_replace(true);
                }
                LATE => {
                    gone.send_replace(true);
                    tokio::time::sleep(SLOW_COMMIT).await;
                    to.write_all(&buffer[..count]).await?;
                    // The server answers before it sees that nobody listens.
                    return to.shutdown().await;
                }
                _ => {}
            }
        }
        tail.drain(..tail.len().saturating_sub(BLOCK.len() - 1));
        to.write_all(&buffer[..count]).await?;
    }
}

/// Counts what a client asks the server to do: simple queries and executions of prepared statements. Every message but
/// the first is a type, a length that counts itself, and so much more (PostgreSQL's protocol, chapter 55.7).
#[derive(Default)]
struct Counter {
    has_begun: bool,
    head: Vec<u8>,
    rest: usize,
}

impl Counter {
    fn count(&mut self, mut bytes: &[u8]) -> u64 {
        let mut found = 0;
        while !bytes.is_empty() {
            if self.rest > 0 {
                let skipped = self.rest.min(bytes.len());
                (self.rest, bytes) = (self.rest - skipped, &bytes[skipped..]);
                continue;
            }
            self.head.push(bytes[0]);
            bytes = &bytes[1..];
            let kind = usize::from(self.has_begun);
            if let Some(length) = self.head.get(kind..).and_then(|length| <[u8; 4]>::try_from(length).ok()) {
                found += u64::from(self.has_begun && matches!(self.head[0], b'Q' | b'E'));
                self.rest = (u32::from_be_bytes(length) as usize).saturating_sub(length.len());
                self.has_begun = true;
                self.head.clear();
            }
        }
        found
    }
}

fn contains(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|window| window == word)
}
