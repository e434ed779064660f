//! One end of a connection that does what no client would.

use std::net::SocketAddr;
use std::time::Duration;

use piao_testkit::follower::PATIENCE;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{interval, timeout};

/// How long a write may hang before it counts as not taken: the other end reads no more.
const TAKEN_WITHIN: Duration = Duration::from_millis(500);

/// A connection.
pub(crate) struct Peer(TcpStream);

/// What came back, as it came.
pub(crate) struct Came(String);

impl Came {
    /// The status of the first answer; [`Peer::CLOSED`] where none came.
    pub(crate) fn status(&self) -> u16 {
        let status = self.0.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3));
        status.and_then(|status| status.parse().ok()).unwrap_or(Peer::CLOSED)
    }

    pub(crate) fn text(&self) -> &str {
        &self.0
    }
}

impl Peer {
    /// No answer: the connection was closed.
    pub(crate) const CLOSED: u16 = 0;

    pub(crate) async fn connect(address: SocketAddr) -> Self {
        Self(TcpStream::connect(address).await.expect("a connection"))
    }

    /// Sends all of it while it reads, until the other end closes.
    pub(crate) async fn ask(self, request: &[u8]) -> Came {
        let (mut from, mut to) = self.0.into_split();
        let send = async {
            // Closed before all is read, where it is too much.
            to.write_all(request).await.ok();
            to
        };
        let read = async { timeout(PATIENCE, read_all(&mut from)).await.expect("an end in time") };
        let (_to, came) = tokio::join!(send, read);
        came
    }

    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).await.expect("a connection that takes it");
    }

    /// The next that comes: an answer, or the end.
    pub(crate) async fn answer(&mut self) -> Came {
        let mut came = vec![0; 1 << 16];
        let count = timeout(PATIENCE, self.0.read(&mut came)).await.expect("an answer in time").unwrap_or(0);
        Came(String::from_utf8_lossy(&came[..count]).into_owned())
    }

    /// Sends the same again and again, up to so many bytes, until it is closed or no more is taken.
    pub(crate) async fn flood(&mut self, piece: &[u8], bytes_max: usize) {
        for _ in 0..bytes_max.div_ceil(piece.len()) {
            if !matches!(timeout(TAKEN_WITHIN, self.0.write_all(piece)).await, Ok(Ok(()))) {
                return;
            }
        }
    }

    /// Sends a byte from time to time until there is an answer.
    pub(crate) async fn drip(&mut self, byte: u8) -> Came {
        let mut due = interval(Duration::from_millis(700));
        let mut came = vec![0; 1 << 16];
        let answered = async {
            loop {
                tokio::select! {
                    biased;
                    count = self.0.read(&mut came) => return count.unwrap_or(0),
                    _ = due.tick() => {
                        self.0.write_all(&[byte]).await.ok();
                    }
                }
            }
        };
        let count = timeout(PATIENCE, answered).await.expect("an answer in time");
        Came(String::from_utf8_lossy(&came[..count]).into_owned())
    }
}

async fn read_all(from: &mut tokio::net::tcp::OwnedReadHalf) -> Came {
    let mut came = Vec::new();
    // A reset after an answer is an end, too.
    from.read_to_end(&mut came).await.ok();
    Came(String::from_utf8_lossy(&came).into_owned())
}
