//! A connection over which transitions are posted, as light as it can be: the generator shares the machine with what
//! it measures.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
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
    keeps_bodies: bool,
}

/// What came back.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Whether it says when to come again.
    pub(crate) retry_after: bool,
    /// Whether nothing more can be asked over the same connection (RFC 9112 §9.6).
    pub(crate) closes: bool,
    /// The body, kept only where the status is neither 200 nor 201, or where all are kept.
    pub(crate) body: Vec<u8>,
}

/// What an answer means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// Decided and accepted: the next step can be taken.
    Accepted,
    /// Decided and refused.
    Refused,
    /// Turned away for now, 429 or 503, with a time to come again.
    Later,
    /// Anything else.
    Failed,
}

impl Answer {
    /// What it means for what was posted.
    pub(crate) const fn meaning(&self) -> Meaning {
        match self.status {
            201 => Meaning::Accepted,
            409 => Meaning::Refused,
            429 | 503 if self.retry_after => Meaning::Later,
            _ => Meaning::Failed,
        }
    }
}

/// A transition with the path that it is posted to.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) path: Box<str>,
    pub(crate) jws: Arc<str>,
}

/// Something to be read, and the token that opens it to a party.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) path: Box<str>,
    pub(crate) token: Arc<str>,
}

/// Something to be asked.
#[derive(Clone, Debug)]
pub(crate) enum Request {
    Post(Step),
    Get(Arc<Read>),
}

impl Request {
    /// What an answer to it means.
    pub(crate) const fn meaning(&self, answer: &Answer) -> Meaning {
        match (self, answer.meaning()) {
            (Self::Post(_), meaning) => meaning,
            (Self::Get(_), Meaning::Later) => Meaning::Later,
            (Self::Get(_), Meaning::Accepted | Meaning::Refused | Meaning::Failed) => {
                if answer.status == 200 { Meaning::Accepted } else { Meaning::Failed }
            }
        }
    }
}

impl Connection {
    /// Connects.
    pub(crate) async fn open(address: SocketAddr) -> Result<Self, Failure> {
        let doing = || format!("connecting to {address}");
        let stream = TcpStream::connect(address).await.map_err(Failure::doing(doing()))?;
        Self::over(stream).map_err(Failure::doing(doing()))
    }

    /// Connects from an address of this machine, as one caller of many.
    pub(crate) async fn open_from(source: Ipv4Addr, address: SocketAddr) -> Result<Self, Failure> {
        let doing = || format!("connecting from {source} to {address}");
        let socket = TcpSocket::new_v4().map_err(Failure::doing(doing()))?;
        socket.bind((source, 0).into()).map_err(Failure::doing(doing()))?;
        let stream = socket.connect(address).await.map_err(Failure::doing(doing()))?;
        Self::over(stream).map_err(Failure::doing(doing()))
    }

    fn over(stream: TcpStream) -> std::io::Result<Self> {
        stream.set_nodelay(true)?;
        let (received, sent) = (Vec::with_capacity(8 << 10), Vec::with_capacity(4 << 10));
        Ok(Self { stream, received, sent, keeps_bodies: false })
    }

    /// Keeps every body.
    pub(crate) fn keeping_bodies(self) -> Self {
        Self { keeps_bodies: true, ..self }
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

    /// Gets what a token opens.
    pub(crate) async fn read(&mut self, Read { path, token }: &Read) -> Result<Answer, Failure> {
        self.sent.clear();
        for part in ["GET ", path, " HTTP/1.1\r\nhost: piao\r\nauthorization: Bearer ", token, "\r\n\r\n"] {
            self.sent.extend_from_slice(part.as_bytes());
        }
        self.exchange().await
    }

    /// Asks, and waits for the answer.
    pub(crate) async fn ask(&mut self, request: &Request) -> Result<Answer, Failure> {
        match request {
            Request::Post(step) => self.post(step).await,
            Request::Get(read) => self.read(read).await,
        }
    }

    async fn exchange(&mut self) -> Result<Answer, Failure> {
        let exchanged = timeout(ANSWER_WAIT_MAX, async {
            self.stream.write_all(&self.sent).await?;
            self.received.clear();
            loop {
                if let Some(answer) = read_answer(&self.received, self.keeps_bodies)? {
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
fn read_answer(bytes: &[u8], keeps_bodies: bool) -> std::io::Result<Option<Answer>> {
    let wrong =
        || std::io::Error::new(std::io::ErrorKind::InvalidData, "not an HTTP/1.1 answer of known length");
    let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
        return if bytes.len() > ANSWER_BYTES_MAX { Err(wrong()) } else { Ok(None) };
    };
    let head = std::str::from_utf8(&bytes[..end]).map_err(|_| wrong())?;
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.strip_prefix("HTTP/1.1 ")).ok_or_else(wrong)?;
    let status: u16 = status.get(..3).and_then(|code| code.parse().ok()).ok_or_else(wrong)?;
    let header = |name: &str| {
        let mut fields = lines.clone().filter_map(|line| line.split_once(':'));
        fields.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    };
    let length = header("content-length")
        .and_then(|length| length.parse::<usize>().ok())
        .filter(|length| *length <= ANSWER_BYTES_MAX)
        .ok_or_else(wrong)?;
    let Some(body) = bytes.get(end + 4..end + 4 + length) else { return Ok(None) };
    let kept = keeps_bodies || !matches!(status, 200 | 201);
    let body = if kept { body.to_vec() } else { Vec::new() };
    let retry_after = header("retry-after").is_some_and(|seconds| seconds.parse::<u32>().is_ok());
    let closes = header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
    Ok(Some(Answer { status, retry_after, closes, body }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &str, expect: Option<Option<(u16, &str)>>) {
        let got = read_answer(bytes.as_bytes(), false).ok();
        let got =
            got.as_ref().map(|got| got.as_ref().map(|got| (got.status, str::from_utf8(&got.body).unwrap())));
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

    #[test]
    fn only_who_is_told_when_to_come_again_is_told_to_wait() {
        let check = |head: &str, expect: Meaning| {
            let text = format!("HTTP/1.1 {head}\r\ncontent-length: 0\r\n\r\n");
            let answer = read_answer(text.as_bytes(), false).unwrap().unwrap();
            assert_eq!(answer.meaning(), expect, "{head}");
        };
        check("201 Created", Meaning::Accepted);
        check("409 Conflict", Meaning::Refused);
        check("429 Too Many Requests\r\nRetry-After: 1", Meaning::Later);
        check("503 Service Unavailable\r\nretry-after: 20", Meaning::Later);
        check("503 Service Unavailable", Meaning::Failed);
        check("503 Service Unavailable\r\nretry-after: soon", Meaning::Failed);
        check("202 Accepted\r\nretry-after: 1", Meaning::Failed);
        check("200 OK", Meaning::Failed);
    }

    #[test]
    fn a_read_is_answered_by_what_was_asked_for_and_nothing_else() {
        let read = Request::Get(Arc::new(Read { path: "/".into(), token: "t".into() }));
        let check = |status: u16, retry_after: bool, expect: Meaning| {
            let answer = Answer { status, retry_after, closes: false, body: Vec::new() };
            assert_eq!(read.meaning(&answer), expect, "{status}");
        };
        check(200, false, Meaning::Accepted);
        check(201, false, Meaning::Failed);
        check(404, false, Meaning::Failed);
        check(409, false, Meaning::Failed);
        check(429, true, Meaning::Later);
    }

    #[test]
    fn a_body_is_kept_where_all_are() {
        let text = b"HTTP/1.1 201 Created\r\ncontent-length: 2\r\n\r\n{}";
        let body = |keeps_bodies| read_answer(text, keeps_bodies).unwrap().unwrap().body;
        assert_eq!((body(true), body(false)), (b"{}".to_vec(), Vec::new()));
    }
}
