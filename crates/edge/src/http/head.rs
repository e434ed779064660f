use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{ACCEPT_LANGUAGE, AUTHORIZATION, HeaderName};
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, web};
use piao_domain::ids::PartyId;

use super::front::FrontData;
use super::limits::{Limiter, Seat};
use crate::problem::{Language, Problem};
use crate::submit::Wait;

pub(crate) const HEIGHT: HeaderName = HeaderName::from_static("piao-height");
const MIN_HEIGHT: HeaderName = HeaderName::from_static("piao-min-height");
const PREFER: HeaderName = HeaderName::from_static("prefer");

/// What the headers of a request say.
#[derive(Clone, Debug)]
pub struct Head {
    request: HttpRequest,
}

/// The height that an answer stands for; becomes its `Piao-Height`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AnswerHeight(pub(crate) u64);

impl Head {
    /// The language that the caller likes best.
    #[must_use]
    pub fn language(&self) -> Language {
        Language::negotiate(self.text(&ACCEPT_LANGUAGE))
    }

    /// How long the caller wants to wait for a decision.
    #[must_use]
    pub fn wait(&self) -> Wait {
        Wait::negotiate(self.request.headers().get_all(PREFER).filter_map(|value| value.to_str().ok()))
    }

    /// The height that the answer must at least stand for.
    ///
    /// # Errors
    /// `schema` for what is no height.
    pub fn min_height(&self) -> Result<Option<u64>, Problem> {
        let Some(value) = self.request.headers().get(MIN_HEIGHT) else { return Ok(None) };
        let height = value.to_str().ok().and_then(|text| text.trim().parse().ok());
        height.map(Some).ok_or_else(|| Problem::schema("Piao-Min-Height", "0.."))
    }

    /// `Authorization`, as it came.
    pub(crate) fn authorization(&self) -> Option<&str> {
        self.text(&AUTHORIZATION)
    }

    /// Says which height the answer stands for. The lowest that was said counts.
    pub(crate) fn answer_at(&self, height: u64) {
        let mut extensions = self.request.extensions_mut();
        let said = extensions.get::<AnswerHeight>().map_or(height, |AnswerHeight(said)| height.min(*said));
        extensions.insert(AnswerHeight(said));
    }

    /// Whether a party whose token was checked may read now.
    pub(crate) fn may_read(&self, party: &PartyId) -> Result<(), Problem> {
        self.limits().map_or(Ok(()), |limits| limits.read(party))
    }

    /// Whether a party whose signature was checked may submit now.
    pub(crate) fn may_write(&self, party: &PartyId) -> Result<(), Problem> {
        self.limits().map_or(Ok(()), |limits| limits.write(party, &self.request))
    }

    /// Whether somebody who is no party yet may become one now.
    pub(crate) fn may_enrol(&self) -> Result<(), Problem> {
        self.limits().map_or(Ok(()), |limits| limits.enrol(&self.request))
    }

    /// Whether somebody whose key nobody knows may wait for it to become known, for as long as what comes back is held.
    pub(crate) fn may_wait(&self) -> Result<Option<Seat>, Problem> {
        self.limits().map(|limits| limits.seat(&self.request)).transpose()
    }

    /// Those of the server. A test without a server has none.
    fn limits(&self) -> Option<&Limiter> {
        self.request.app_data::<web::Data<FrontData>>().map(|front| &*front.limits)
    }

    fn text(&self, name: &HeaderName) -> Option<&str> {
        self.request.headers().get(name).and_then(|value| value.to_str().ok())
    }
}

impl FromRequest for Head {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self { request: request.clone() }))
    }
}
