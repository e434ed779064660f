use actix_web::http::StatusCode;
use piao_domain::rejection::Code;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $status:ident, $retryable:literal;)*) => {
        /// What a problem document's `code` says.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum ProblemCode {
            $($(#[$doc])* $name,)*
            /// The ledger refused, on the record (409).
            Refused(Code),
        }

        impl ProblemCode {
            /// Every code that is not a refusal's.
            pub const EDGE: &'static [Self] = &[$(Self::$name,)*];

            /// The code as documents write it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                    Self::Refused(code) => code.as_str(),
                }
            }

            /// Its HTTP status.
            #[must_use]
            pub const fn status(self) -> StatusCode {
                match self {
                    $(Self::$name => StatusCode::$status,)*
                    Self::Refused(_) => StatusCode::CONFLICT,
                }
            }

            /// Whether the same request may do better later. A refusal never: it is on the record for good.
            #[must_use]
            pub const fn retryable(self) -> bool {
                match self {
                    $(Self::$name => $retryable,)*
                    Self::Refused(_) => false,
                }
            }
        }
    };
}

impl ProblemCode {
    /// Whether nobody can be held to have sent such a request: what limits count against an address. One that is stale
    /// was looked for among the receipts, at a cost, before its signature was.
    #[must_use]
    pub(crate) fn is_unattributed(self) -> bool {
        matches!(self, Self::Stale | Self::SlowBody) || self.status() == StatusCode::UNAUTHORIZED
    }
}

codes! {
    /// Not JSON, or not a compact JWS.
    Malformed = "malformed", BAD_REQUEST, false;
    /// JSON of another shape.
    Schema = "schema", UNPROCESSABLE_ENTITY, false;
    /// More bytes than allowed.
    TooLarge = "too_large", PAYLOAD_TOO_LARGE, false;
    /// Neither `application/json` nor `application/jose`.
    MediaType = "media_type", UNSUPPORTED_MEDIA_TYPE, false;
    /// Signed for another chain.
    WrongChain = "wrong_chain", UNPROCESSABLE_ENTITY, false;
    /// `iat` is too far from now.
    Stale = "stale", UNPROCESSABLE_ENTITY, false;
    /// No such party here yet.
    UnknownParty = "unknown_party", UNAUTHORIZED, true;
    /// No such key of the party here yet.
    UnknownKey = "unknown_key", UNAUTHORIZED, true;
    /// The signature is not the key's over the bytes received.
    BadSignature = "bad_signature", UNAUTHORIZED, false;
    /// `sealed_digest` is of other data.
    SealedMismatch = "sealed_mismatch", UNPROCESSABLE_ENTITY, false;
    /// A `sealed_digest` without sealed data, or the other way round.
    SealedMissing = "sealed_missing", UNPROCESSABLE_ENTITY, false;
    /// No read token, or none that opens anything.
    Unauthorized = "unauthorized", UNAUTHORIZED, false;
    /// Another role's business.
    Forbidden = "forbidden", FORBIDDEN, false;
    /// Nothing here for this caller.
    NotFound = "not_found", NOT_FOUND, false;
    /// Another method is served here.
    MethodNotAllowed = "method_not_allowed", METHOD_NOT_ALLOWED, false;
    /// The body came too slowly.
    SlowBody = "slow_body", REQUEST_TIMEOUT, true;
    /// Too many requests of this caller.
    RateLimited = "rate_limited", TOO_MANY_REQUESTS, true;
    /// More work than we take at once.
    Overloaded = "overloaded", SERVICE_UNAVAILABLE, true;
    /// This read model has not reached the height asked for.
    Behind = "behind", SERVICE_UNAVAILABLE, true;
    /// Something that we need is away.
    Unavailable = "unavailable", SERVICE_UNAVAILABLE, true;
    /// A mistake of ours.
    Internal = "internal", INTERNAL_SERVER_ERROR, false;
}
