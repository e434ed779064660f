//! What the document has and what the table expects.

use std::collections::{BTreeMap, BTreeSet};

use piao_testkit::actor::Actor;
use piao_testkit::platform::table;

use super::super::stage::Stage;
use super::Asked;

const DOCUMENT: &str = include_str!("../../../../../openapi/piao.json");
const TABLE: &str = include_str!("authorisation.txt");

/// What stands in a cell about which nothing can be asked: a node has no lock of its own.
pub(crate) const NOTHING: &str = "-";

/// Who asks, in the order of the table's columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    Bureau,
    Node,
    Enterprise,
    Person,
    /// Without a token; what it signs is signed by a key that is registered nowhere.
    Nobody,
}

/// Whose the thing is that is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Whose {
    /// The operation is about no thing.
    Any,
    /// The caller's.
    Own,
    /// A part of what is the caller's, and there is no such part: a lock of an invoice, a key.
    Missing,
    /// That of another of the caller's kind; for bureau, node and nobody that of an enterprise.
    Foreign,
    /// That of somebody of another kind: of an enterprise for a person, of a person for everybody else.
    Unlike,
    /// Well formed, and there is none.
    Absent,
}

impl Role {
    pub(crate) const ALL: [Self; 5] =
        [Self::Bureau, Self::Node, Self::Enterprise, Self::Person, Self::Nobody];

    pub(crate) const fn actor(self, stage: &Stage) -> &Actor {
        match self {
            Self::Bureau => &stage.platform.chain.bureau,
            Self::Node => &stage.platform.chain.node,
            Self::Enterprise => &stage.enterprise,
            Self::Person => &stage.person,
            Self::Nobody => &stage.nobody,
        }
    }
}

impl Whose {
    pub(crate) const ALL: [Self; 6] =
        [Self::Any, Self::Own, Self::Missing, Self::Foreign, Self::Unlike, Self::Absent];

    fn parse(text: &str) -> Self {
        match text {
            "any" => Self::Any,
            "own" => Self::Own,
            "missing" => Self::Missing,
            "foreign" => Self::Foreign,
            "unlike" => Self::Unlike,
            "absent" => Self::Absent,
            other => panic!("{other:?} is nobody's"),
        }
    }
}

/// `authorisation.txt`.
pub(crate) struct Expected(BTreeMap<(String, Whose), Vec<String>>);

impl Expected {
    /// Reads `OPERATION | whose | bureau | node | enterprise | person | nobody` lines; an empty operation is the one
    /// before.
    pub(crate) fn read() -> Self {
        let (mut rows, mut last) = (BTreeMap::new(), String::new());
        for line in TABLE.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
            let [operation, whose, cells @ ..] = &line.split('|').map(str::trim).collect::<Vec<_>>()[..]
            else {
                panic!("{line:?}");
            };
            assert_eq!(cells.len(), Role::ALL.len(), "{line:?}");
            if !operation.is_empty() {
                last = (*operation).to_owned();
            }
            let cells = cells.iter().map(|cell| (*cell).to_owned()).collect();
            let before = rows.insert((last.clone(), Whose::parse(whose)), cells);
            assert_eq!(before, None, "{last} {whose} twice");
        }
        Self(rows)
    }

    pub(crate) fn operations(&self) -> BTreeSet<String> {
        self.0.keys().map(|(operation, _)| operation.clone()).collect()
    }

    /// Cells that expect an answer.
    pub(crate) fn cells(&self) -> usize {
        self.0.values().flatten().filter(|cell| *cell != NOTHING).count()
    }

    /// What stands in a cell.
    pub(crate) fn cell(&self, operation: &str, whose: Whose, role: Role) -> &str {
        let row = self.0.get(&(operation.to_owned(), whose));
        row.map_or(NOTHING, |row| &row[role as usize])
    }

    /// What is wrong with a cell, with the answer where there is one.
    pub(super) fn differs(&self, asked: &Asked) -> Option<String> {
        let expect = self.cell(&asked.operation, asked.whose, asked.role);
        let body = asked.answer.as_ref().map_or("", |answer| &answer.body);
        (asked.said != expect).then(|| {
            let Asked { operation, whose, role, said, .. } = asked;
            let body = body.chars().take(300).collect::<String>();
            format!("{operation} | {whose:?} | {role:?}: {said}, expected {expect}: {body}")
        })
    }
}

/// `GET /v1/locks`, for every operation of the merged document.
pub(crate) fn operations() -> BTreeSet<String> {
    table::operations(&serde_json::from_str(DOCUMENT).expect("JSON"))
}
