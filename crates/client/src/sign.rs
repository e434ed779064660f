//! Signing: from a command to the bytes that are sent, and sent again.

use std::fmt;
use std::sync::Arc;

use piao_domain::command::Kind;
use piao_domain::ids::{ChainId, TransitionId};
use piao_protocol::body::{self, Body};
use piao_protocol::json::{Flaw, Json, JsonError};
use piao_protocol::jws::{Claims, Nonce, Unverified, payload};
use piao_protocol::sealed::Sealed;

use crate::error::ClientError;
use crate::identity::Identity;
use crate::routes::{Route, route_of};
use crate::sources::Sources;

/// A signed transition, ready to be sent and to be sent again: whoever keeps it can always ask what came of it.
/// Its `Debug` shows nothing that is sealed.
#[derive(Clone)]
pub struct Signed {
    id: TransitionId,
    kind: Kind,
    jws: Arc<str>,
    sealed: Option<Arc<Sealed>>,
    route: Route,
}

impl Signed {
    /// Takes up a transition that was signed before, with what is sealed beside it.
    ///
    /// # Errors
    /// [`ClientError::Transition`], [`ClientError::Body`], [`ClientError::SealedMissing`], [`ClientError::Sealed`] for
    /// what every edge would turn away.
    pub fn parse(jws: impl Into<Arc<str>>, sealed: Option<Sealed>) -> Result<Self, ClientError> {
        let read = Unverified::parse(jws)?.decode(body::parse)?;
        match (read.body().sealed_digest(), &sealed) {
            (Some(digest), Some(sealed)) => sealed.check(digest)?,
            (None, None) => {}
            (Some(_), None) | (None, Some(_)) => return Err(ClientError::SealedMissing),
        }
        Ok(Self {
            id: read.id(),
            kind: read.body().kind(),
            jws: read.compact().clone(),
            sealed: sealed.map(Arc::new),
            route: route_of(&read.claims().party, read.body().command()),
        })
    }

    /// Names it for ever.
    #[must_use]
    pub const fn id(&self) -> TransitionId {
        self.id
    }

    /// Its type.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// The compact JWS.
    #[must_use]
    pub const fn jws(&self) -> &Arc<str> {
        &self.jws
    }

    /// What travels beside it.
    #[must_use]
    pub fn sealed(&self) -> Option<&Sealed> {
        self.sealed.as_deref()
    }

    /// Where it is posted to.
    #[must_use]
    pub const fn route(&self) -> &Route {
        &self.route
    }

    /// What is posted: the bare JWS where nothing is sealed, else JSON. Each time the same bytes.
    pub(crate) fn request(&self) -> Result<(&'static str, String), ClientError> {
        let Some(sealed) = &self.sealed else {
            return Ok(("application/jose", self.jws.to_string()));
        };
        let not_json = |error: serde_json::Error| JsonError::new("/sealed", Flaw::Value, error);
        let sealed = serde_json::to_string(&**sealed).map_err(not_json)?;
        // A compact JWS is base64url and dots: nothing in it needs escaping.
        Ok(("application/json", format!(r#"{{"transition":"{}","sealed":{sealed}}}"#, self.jws)))
    }
}

impl fmt::Debug for Signed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signed({}, {}, sealed: {})", self.kind.as_str(), self.id, self.sealed.is_some())
    }
}

/// Signs a body with a fresh nonce, now. `data` is sealed beside it under a fresh salt.
pub(crate) fn sign(
    chain: &ChainId,
    identity: &Identity,
    sources: &Sources,
    body: Body,
    data: Option<Json>,
) -> Result<Signed, ClientError> {
    let sealed = match data {
        Some(data) => Some(Sealed::generate(data, &mut |bytes| sources.fill(bytes)).ok_or_else(|| {
            JsonError::new("/sealed", Flaw::Type, "sealed data must be an object").wants("object")
        })?),
        None => None,
    };
    let body = match &sealed {
        Some(sealed) => body.seal(sealed.digest())?,
        None => body,
    };
    let claims = Claims {
        chain: chain.clone(),
        party: identity.party().clone(),
        nonce: Nonce::generate(&mut |bytes| sources.fill(bytes)),
        iat: sources.now(),
        kind: body.kind().as_str().to_owned(),
    };
    let payload = payload(&claims, &body.render())?;
    Signed::parse(identity.key().sign_transition(&payload), sealed)
}
