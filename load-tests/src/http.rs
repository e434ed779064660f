//! A connection over which transitions are posted, as light as it can be: the generator shares the machine with what
//! it measures.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::failure::Failure;

/// Longest wait for an answer: what a service is asked to wait, and some.
const ANSWER_WAIT_MAX: Duration = Duration::from_secs(40);
/// Largest answer that is read.
const ANSWER_BYTES_MAX: usize = 1 << 20;

/// A kept connection to one address.
pub(crate) struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
    sent: Vec<u8>,
}

/// What came back.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The body, kept only where the status is not 201.
    pub(crate) body: String,
}

/// A transition with the path that it is posted to.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) path: Box<str>,
    pub(crate) jws: Arc<str>,
}

impl Connection {
    /// Connects.
    pub(crate) async fn open(address: SocketAddr) -> Result<Self, Failure> {
        let doing = || format!("connecting to {address}");
        let stream = TcpStream::connect(address).await.map_err(Failure::doing(doing()))?;
        stream.set_nodelay(true).map_err(Failure::doing(doing()))?;
        Ok(Self { stream, received: Vec::with_capacity(8 << 10), sent: Vec::with_capacity(4 << 10) })
    }

    /// Posts a transition and waits for its receipt as long as a service waits at most.
    pub(crate) async fn post(&mut self, step: &Step) -> Result<Answer, Failure> {
        let Step { path, jws } = step;
        self.sent.clear();
        self.sent.extend_from_slice(b"POST ");
        self.sent.extend_from_slice(path.as_bytes());
        self.sent.extend_from_slice(
            b" HTTP/1.1\r\nhost: piao\r\ncontent-type: application/jose\r\nprefer: wait=30\r\ncontent-length: ",
        );
        self.sent.extend_from_slice(jws.len().to_string().as_bytes());
        self.sent.extend_from_slice(b"\r\n\r\n");
        self.sent.extend_from_slice(jws.as_bytes());
        self.exchange().await
    }

    /// Gets what anybody may read.
    pub(crate) async fn get(&mut self, path: &str) -> Result<Answer, Failure> {
        self.sent = format!("GET {path} HTTP/1.1\r\nhost: piao\r\n\r\n").into_bytes();
        self.exchange().await
    }

    async fn exchange(&mut self) -> Result<Answer, Failure> {
        let exchanged = timeout(ANSWER_WAIT_MAX, async {
            self.stream.write_all(&self.sent).await?;
            self.received.clear();
            loop {
                if let Some(answer) = read_answer(&self.received)? {
                    return Ok(answer);
                }
                if self.stream.read_buf(&mut self.received).await? == 0 {
                    return Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof));
                }
            }
        });
        exchanged
            .await
            .map_err(Failure::doing("waiting for an answer"))?
            .map_err(Failure::doing("reading an answer"))
    }
}

/// The answer that some bytes hold, where they hold the whole of it. Our services announce every length.
fn read_answer(bytes: &[u8]) -> std::io::Result<Option<Answer>> {
    let wrong =
        || std::io::Error::new(std::io::ErrorKind::InvalidData, "not an HTTP/1.1 answer of known length");
    let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
        return if bytes.len() > ANSWER_BYTES_MAX { Err(wrong()) } else { Ok(None) };
    };
    let head = std::str::from_utf8(&bytes[..end]).map_err(|_| wrong())?;
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.strip_prefix("HTTP/1.1 ")).ok_or_else(wrong)?;
    let status: u16 = status.get(..3).and_then(|code| code.parse().ok()).ok_or_else(wrong)?;
    let length = lines
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, length)| length.trim().parse::<usize>().ok())
        .filter(|length| *length <= ANSWER_BYTES_MAX)
        .ok_or_else(wrong)?;
    let Some(body) = bytes.get(end + 4..end + 4 + length) else { return Ok(None) };
    let body = if status == 201 { String::new() } else { String::from_utf8_lossy(body).into_owned() };
    Ok(Some(Answer { status, body }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &str, expect: Option<Option<(u16, &str)>>) {
        let got = read_answer(bytes.as_bytes()).ok();
        let got = got.as_ref().map(|got| got.as_ref().map(|got| (got.status, got.body.as_str())));
        assert_eq!(got, expect, "{bytes:?}");
    }

    #[test]
    fn an_answer_is_read_when_all_of_it_is_there() {
        check("", Some(None));
        check("HTTP/1.1 201 Created\r\ncontent-length: 2\r\n\r", Some(None));
        check("HTTP/1.1 201 Created\r\ncontent-length: 2\r\n\r\n{", Some(None));
        check("HTTP/1.1 201 Created\r\ncontent-length: 2\r\n\r\n{}", Some(Some((201, ""))));
        check("HTTP/1.1 409 Conflict\r\nContent-Length: 2\r\n\r\n{}", Some(Some((409, "{}"))));
        check("HTTP/1.1 200 OK\r\n\r\n", None);
        check("HTTP/1.1 2x0 OK\r\ncontent-length: 0\r\n\r\n", None);
        check("SMTP\r\ncontent-length: 0\r\n\r\n", None);
        check(&format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", usize::MAX), None);
    }
}
