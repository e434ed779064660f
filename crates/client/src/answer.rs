//! One request and the whole of its answer.

use std::time::Duration;

use reqwest::header::{ACCEPT_LANGUAGE, HeaderMap, RETRY_AFTER};
use reqwest::{RequestBuilder, StatusCode};

use crate::client::Client;
use crate::error::ClientError;
use crate::problem::Problem;

/// Far above the longest list page or block body that a service gives.
const ANSWER_BYTES_MAX: usize = 64 << 20;
const EXCERPT_CHARS: usize = 200;
const HEIGHT: &str = "piao-height";

/// An answer, read to its end.
pub(crate) struct Answer {
    pub(crate) doing: String,
    pub(crate) status: StatusCode,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) body: Vec<u8>,
}

impl Client {
    /// Sends a request and reads its whole answer, whatever its status.
    pub(crate) async fn exchange(
        &self,
        doing: &str,
        request: RequestBuilder,
        answer_wait: Duration,
    ) -> Result<Answer, ClientError> {
        // `doing` names what was asked; the address may hold more than belongs into a message.
        let fault = |source: reqwest::Error| ClientError::Transport {
            doing: doing.to_owned(),
            source: source.without_url(),
        };
        let request = match &self.settings.language {
            Some(language) => request.header(ACCEPT_LANGUAGE, language),
            None => request,
        };
        let mut response = request.timeout(answer_wait).send().await.map_err(fault)?;
        if let Some(height) = number(response.headers(), HEIGHT) {
            self.saw(height);
        }
        let mut answer = Answer {
            doing: doing.to_owned(),
            status: response.status(),
            // A date instead of seconds (RFC 9110 §10.2.3) is what no service of ours sends.
            retry_after: number(response.headers(), RETRY_AFTER.as_str()).map(Duration::from_secs),
            body: Vec::new(),
        };
        while let Some(chunk) = response.chunk().await.map_err(fault)? {
            if answer.body.len() + chunk.len() > ANSWER_BYTES_MAX {
                return Err(answer.unexpected());
            }
            answer.body.extend_from_slice(&chunk);
        }
        Ok(answer)
    }
}

impl Answer {
    /// The body, as UTF-8.
    pub(crate) fn text(&self) -> Result<&str, ClientError> {
        std::str::from_utf8(&self.body).map_err(|_| self.unexpected())
    }

    /// The error that this answer is: a problem document, or something that is none.
    pub(crate) fn into_error(self) -> ClientError {
        match serde_json::from_slice::<Problem>(&self.body) {
            Ok(problem) if problem.status == self.status.as_u16() => {
                ClientError::Problem(Box::new(Problem { retry_after: self.retry_after, ..problem }))
            }
            Ok(_) | Err(_) => self.unexpected(),
        }
    }

    pub(crate) fn unexpected(&self) -> ClientError {
        let excerpt = String::from_utf8_lossy(&self.body).chars().take(EXCERPT_CHARS).collect();
        ClientError::UnexpectedAnswer { doing: self.doing.clone(), status: self.status.as_u16(), excerpt }
    }
}

fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}
