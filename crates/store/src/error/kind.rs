//! What kind of fault PostgreSQL tells of.
//!
//! diesel hands on eight kinds and no SQLSTATE (PostgreSQL documentation, appendix A). The others that must be told
//! apart are known by the words of the server, which every connection asks for in English (see `database.rs`).

use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error as QueryError};

/// What an error comes to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Name of the constraint.
    Conflict(String),
    Serialization,
    /// The connection is gone.
    Lost,
    /// The server cannot do it now: the same statement may go through later.
    Passing,
    /// A constraint said no: surely nothing was written.
    Refused,
    /// A statement before had failed: surely nothing is written.
    Aborted,
    Other,
}

/// Where in a message the words stand by which it is known.
enum Words {
    Whole(&'static str),
    Begin(&'static str),
    Hold(&'static str),
}

/// SQLSTATE, the words of its messages, and what they come to.
static KNOWN: [(&str, Words, Kind); 17] = [
    ("40P01", Words::Whole("deadlock detected"), Kind::Serialization),
    ("57P01", Words::Begin("terminating connection"), Kind::Lost),
    ("57P03", Words::Begin("the database system is"), Kind::Lost),
    ("25P02", Words::Begin("current transaction is aborted"), Kind::Aborted),
    ("57014", Words::Begin("canceling statement due to statement timeout"), Kind::Passing),
    ("57014", Words::Begin("canceling statement due to user request"), Kind::Passing),
    ("55P03", Words::Begin("canceling statement due to lock timeout"), Kind::Passing),
    ("55P03", Words::Begin("could not obtain lock"), Kind::Passing),
    ("53100", Words::Hold("No space left on device"), Kind::Passing),
    ("53100", Words::Hold("Disk quota exceeded"), Kind::Passing),
    ("53200", Words::Begin("out of memory"), Kind::Passing),
    ("53200", Words::Begin("out of shared memory"), Kind::Passing),
    ("53300", Words::Begin("sorry, too many clients already"), Kind::Passing),
    ("53300", Words::Begin("too many connections for"), Kind::Passing),
    ("53300", Words::Begin("remaining connection slots are reserved"), Kind::Passing),
    ("58030", Words::Hold("Input/output error"), Kind::Passing),
    // A file that grew by less than was asked for: 53100 again, in words of its own and with a hint.
    ("53100", Words::Hold("wrote only"), Kind::Passing),
];

impl Words {
    fn are_in(&self, message: &str) -> bool {
        match self {
            Self::Whole(words) => message == *words,
            Self::Begin(words) => message.starts_with(words),
            Self::Hold(words) => message.contains(words),
        }
    }
}

pub(super) fn kind_of(error: &QueryError) -> Kind {
    match error {
        QueryError::DatabaseError(kind, information) => match kind {
            DatabaseErrorKind::UniqueViolation | DatabaseErrorKind::ExclusionViolation => {
                Kind::Conflict(information.constraint_name().unwrap_or("unnamed").to_owned())
            }
            DatabaseErrorKind::SerializationFailure => Kind::Serialization,
            DatabaseErrorKind::UnableToSendCommand | DatabaseErrorKind::ClosedConnection => Kind::Lost,
            DatabaseErrorKind::ForeignKeyViolation
            | DatabaseErrorKind::NotNullViolation
            | DatabaseErrorKind::CheckViolation
            | DatabaseErrorKind::RestrictViolation
            | DatabaseErrorKind::ReadOnlyTransaction => Kind::Refused,
            _ => by_words(&**information),
        },
        QueryError::BrokenTransactionManager => Kind::Lost,
        // diesel's own enum, which grows: all else is a statement or a value that is not as expected.
        _ => Kind::Other,
    }
}

fn by_words(information: &(dyn DatabaseErrorInformation + Send + Sync)) -> Kind {
    let message = information.message();
    let known = KNOWN.iter().find(|(_, words, _)| words.are_in(message));
    match known {
        Some((_, _, Kind::Serialization)) => Kind::Serialization,
        Some((_, _, Kind::Lost)) => Kind::Lost,
        Some((_, _, Kind::Passing)) => Kind::Passing,
        Some((_, _, Kind::Aborted)) => Kind::Aborted,
        Some((_, _, Kind::Conflict(_) | Kind::Refused | Kind::Other)) | None => Kind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(state: &str, message: &str, expect: Kind) {
        let information = Box::new(message.to_owned());
        let error = QueryError::DatabaseError(DatabaseErrorKind::Unknown, information);
        assert_eq!(kind_of(&error), expect, "{state} {message}");
    }

    /// The words as the sources of PostgreSQL 15 have them.
    #[test]
    fn each_sqlstate_that_is_told_apart_is_known_by_its_words() {
        check("40P01", "deadlock detected", Kind::Serialization);
        check("57P01", "terminating connection due to administrator command", Kind::Lost);
        check("57P02", "terminating connection because of crash of another server process", Kind::Lost);
        check("25P03", "terminating connection due to idle-in-transaction timeout", Kind::Lost);
        check("57P05", "terminating connection due to idle-session timeout", Kind::Lost);
        check("57P03", "the database system is shutting down", Kind::Lost);
        check("57P03", "the database system is starting up", Kind::Lost);
        check("57P03", "the database system is in recovery mode", Kind::Lost);
        check("57014", "canceling statement due to statement timeout", Kind::Passing);
        check("57014", "canceling statement due to user request", Kind::Passing);
        check("55P03", "canceling statement due to lock timeout", Kind::Passing);
        check("55P03", "could not obtain lock on row in relation \"head\"", Kind::Passing);
        check("53100", "could not extend file \"base/5/16385\": No space left on device", Kind::Passing);
        check(
            "53100",
            "could not write to file \"pg_wal/xlogtemp.1\": No space left on device",
            Kind::Passing,
        );
        check(
            "53100",
            "could not extend file \"base/5/1\": wrote only 4096 of 8192 bytes at block 7",
            Kind::Passing,
        );
        check("53100", "could not write block 3 of temporary file: Disk quota exceeded", Kind::Passing);
        check("53200", "out of memory", Kind::Passing);
        check("53200", "out of shared memory", Kind::Passing);
        check("53300", "sorry, too many clients already", Kind::Passing);
        check("53300", "too many connections for role \"piao\"", Kind::Passing);
        check("53300", "too many connections for database \"piao\"", Kind::Passing);
        check("53300", "remaining connection slots are reserved for superusers", Kind::Passing);
        check("58030", "could not read block 3 in file \"base/5/1\": Input/output error", Kind::Passing);
        check(
            "25P02",
            "current transaction is aborted, commands ignored until end of transaction block",
            Kind::Aborted,
        );
    }

    #[test]
    fn what_never_gets_better_is_no_passing_fault() {
        check("42P01", "relation \"head\" does not exist", Kind::Other);
        check("42501", "permission denied for table head", Kind::Other);
        check("22P02", "invalid input syntax for type bigint: \"x\"", Kind::Other);
        check("XX001", "invalid page in block 3 of relation base/5/1", Kind::Other);
        check("54000", "row is too big: size 9000, maximum size 8160", Kind::Other);
    }
}
