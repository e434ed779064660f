//! Bodies of transitions: one closed schema a type, read into the domain's commands and written from them.
//!
//! A body that can be read is well formed for ever; whether it is right is for the domain to say. It must never
//! look at state, time or signer.

mod booking;
mod claim;
mod invoice;
mod key;
pub(crate) mod leaf;
mod party;
mod quota;
mod reimbursement;
mod render;
mod rules;
mod texts;

pub(crate) use key::Key;
pub(crate) use quota::Segment;

use piao_domain::command::{Command, Kind};
use schemars::{JsonSchema, Schema};
use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

use crate::digest::SealedDigest;
use crate::json::{self, JsonError};

/// What a body asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    command: Command,
    sealed_digest: Option<SealedDigest>,
}

/// Why a text is no body of its type.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum BodyError {
    /// There is no such transition type.
    #[error("{kind:?} is no transition type")]
    UnknownType {
        /// What the payload's `type` says.
        kind: String,
    },
    /// A member is missing, too much, repeated or not of its shape; its pointer is into the body, empty for the whole.
    #[error(transparent)]
    Member(JsonError),
    /// The type takes no `sealed_digest`.
    #[error("{} takes no sealed_digest", kind.as_str())]
    NotSealed {
        /// The type.
        kind: Kind,
    },
}

impl From<JsonError> for BodyError {
    fn from(error: JsonError) -> Self {
        // The pointer says where, from the body on; a body travels inside a payload in base64url.
        Self::Member(error.inside(""))
    }
}

impl Body {
    /// Takes a command. What is sealed beside an invoice is named by its content.
    #[must_use]
    pub fn new(command: Command) -> Self {
        let sealed_digest = of_invoice(&command);
        Self { command, sealed_digest }
    }

    /// Adds the digest of what is sealed beside it: a reason in words, or what an invoice says of persons.
    ///
    /// # Errors
    /// [`BodyError::NotSealed`] for a type beside which nothing is sealed.
    pub fn seal(mut self, digest: SealedDigest) -> Result<Self, BodyError> {
        let kind = self.command.kind();
        match &mut self.command {
            Command::InvoiceIssue(content) => content.sealed_digest = Some(*digest.as_bytes()),
            Command::PartySuspend { .. }
            | Command::PartyReinstate { .. }
            | Command::KeyReset { .. }
            | Command::QuotaRefuse { .. }
            | Command::ForceRelease { .. } => {}
            Command::PartyRegister { .. }
            | Command::PartyEnroll { .. }
            | Command::KeyAdd { .. }
            | Command::KeyRevoke { .. }
            | Command::Rules(_)
            | Command::QuotaApply { .. }
            | Command::QuotaGrant(_)
            | Command::QuotaAdjust(_)
            | Command::ClaimTake { .. }
            | Command::ClaimPresent { .. }
            | Command::ClaimWithdraw { .. }
            | Command::Lock { .. }
            | Command::Renew { .. }
            | Command::Release { .. }
            | Command::Settle { .. }
            | Command::Book { .. }
            | Command::Unbook { .. } => return Err(BodyError::NotSealed { kind }),
        }
        self.sealed_digest = Some(digest);
        Ok(self)
    }

    /// What it asks for.
    #[must_use]
    pub const fn command(&self) -> &Command {
        &self.command
    }

    /// What it asks for, handed over.
    #[must_use]
    pub fn into_command(self) -> Command {
        self.command
    }

    /// The digest of what is sealed beside it; an edge takes the one only with the other (protocol §3).
    #[must_use]
    pub const fn sealed_digest(&self) -> Option<&SealedDigest> {
        self.sealed_digest.as_ref()
    }

    /// Its transition type.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.command.kind()
    }

    /// Writes it as compact JSON, ready to sign.
    #[must_use]
    pub fn render(&self) -> String {
        render::render(&self.command, self.sealed_digest)
    }
}

/// Reads the body of a transition: `kind` is the payload's `type`, `raw` the text of its `body`.
///
/// # Errors
/// [`BodyError`] for an unknown type, and for a text that its closed schema does not allow.
pub fn parse(kind: &str, raw: &str) -> Result<Body, BodyError> {
    let Some(kind) = Kind::parse(kind) else {
        return Err(BodyError::UnknownType { kind: kind.to_owned() });
    };
    match kind {
        Kind::PartyRegister => read::<party::Register>(raw),
        Kind::PartyEnroll => read::<party::Enroll>(raw),
        Kind::PartySuspend => read::<party::Suspend>(raw),
        Kind::PartyReinstate => read::<party::Reinstate>(raw),
        Kind::KeyAdd => read::<key::Add>(raw),
        Kind::KeyRevoke => read::<key::Revoke>(raw),
        Kind::KeyReset => read::<key::Reset>(raw),
        Kind::RulesDeploy => read::<rules::Deploy>(raw),
        Kind::RulesActivate => read::<rules::Activate>(raw),
        Kind::RulesRetire => read::<rules::Retire>(raw),
        Kind::QuotaApply => read::<quota::Apply>(raw),
        Kind::QuotaGrant => read::<quota::Grant>(raw),
        Kind::QuotaAdjust => read::<quota::Adjust>(raw),
        Kind::QuotaRefuse => read::<quota::Refuse>(raw),
        Kind::InvoiceIssue => read::<invoice::Issue>(raw),
        Kind::ClaimTake => read::<claim::Take>(raw),
        Kind::ClaimPresent => read::<claim::Present>(raw),
        Kind::ClaimWithdraw => read::<claim::Withdraw>(raw),
        Kind::Lock => read::<reimbursement::Lock>(raw),
        Kind::Renew => read::<reimbursement::Renew>(raw),
        Kind::Release => read::<reimbursement::Release>(raw),
        Kind::Settle => read::<reimbursement::Settle>(raw),
        Kind::ForceRelease => read::<reimbursement::ForceRelease>(raw),
        Kind::Book => read::<booking::Book>(raw),
        Kind::Unbook => read::<booking::Unbook>(raw),
    }
}

/// Writes a command as its type and the compact JSON of its body, with nothing sealed but what an invoice names.
#[must_use]
pub fn render(command: &Command) -> (Kind, String) {
    (command.kind(), render::render(command, of_invoice(command)))
}

fn of_invoice(command: &Command) -> Option<SealedDigest> {
    if let Command::InvoiceIssue(content) = command {
        content.sealed_digest.map(SealedDigest::new)
    } else {
        None
    }
}

/// The JSON Schema of a type's body.
pub(crate) fn schema(kind: Kind) -> Schema {
    match kind {
        Kind::PartyRegister => schema_of::<party::Register>(),
        Kind::PartyEnroll => schema_of::<party::Enroll>(),
        Kind::PartySuspend => schema_of::<party::Suspend>(),
        Kind::PartyReinstate => schema_of::<party::Reinstate>(),
        Kind::KeyAdd => schema_of::<key::Add>(),
        Kind::KeyRevoke => schema_of::<key::Revoke>(),
        Kind::KeyReset => schema_of::<key::Reset>(),
        Kind::RulesDeploy => schema_of::<rules::Deploy>(),
        Kind::RulesActivate => schema_of::<rules::Activate>(),
        Kind::RulesRetire => schema_of::<rules::Retire>(),
        Kind::QuotaApply => schema_of::<quota::Apply>(),
        Kind::QuotaGrant => schema_of::<quota::Grant>(),
        Kind::QuotaAdjust => schema_of::<quota::Adjust>(),
        Kind::QuotaRefuse => schema_of::<quota::Refuse>(),
        Kind::InvoiceIssue => schema_of::<invoice::Issue>(),
        Kind::ClaimTake => schema_of::<claim::Take>(),
        Kind::ClaimPresent => schema_of::<claim::Present>(),
        Kind::ClaimWithdraw => schema_of::<claim::Withdraw>(),
        Kind::Lock => schema_of::<reimbursement::Lock>(),
        Kind::Renew => schema_of::<reimbursement::Renew>(),
        Kind::Release => schema_of::<reimbursement::Release>(),
        Kind::Settle => schema_of::<reimbursement::Settle>(),
        Kind::ForceRelease => schema_of::<reimbursement::ForceRelease>(),
        Kind::Book => schema_of::<booking::Book>(),
        Kind::Unbook => schema_of::<booking::Unbook>(),
    }
}

/// The JSON form of one type's body: a closed struct.
trait Wire: Serialize + DeserializeOwned + JsonSchema {
    /// Carries it into the domain.
    ///
    /// # Errors
    /// [`BodyError`] where members contradict each other.
    fn into_body(self) -> Result<Body, BodyError>;
}

fn read<W: Wire>(raw: &str) -> Result<Body, BodyError> {
    json::from_str::<W>(raw)?.into_body()
}

fn schema_of<W: Wire>() -> Schema {
    crate::schema::of::<W>()
}
