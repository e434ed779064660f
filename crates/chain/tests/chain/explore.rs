//! Walks every state that can be reached, and writes what each transition comes to there as a decision tree for
//! people to review.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Write as _;
use std::path::Path;

/// A cell's row heading: which transition, and by whom.
pub(crate) type Heading = (String, String);

/// A reached state: its place on every axis, how it was reached, and what came of every transition in it.
pub(crate) struct Reached {
    pub(crate) axes: Vec<String>,
    pub(crate) way: String,
    pub(crate) cells: BTreeMap<Heading, String>,
}

/// What becomes of one state: the cells of its row, and the states that lie one step further, each with the step.
pub(crate) struct Visit<S> {
    pub(crate) cells: BTreeMap<Heading, String>,
    pub(crate) next: Vec<(String, S)>,
}

/// Visits every state that can be reached from the roots, the nearest first.
pub(crate) fn explore<S>(
    roots: Vec<(String, S)>,
    axes: impl Fn(&S) -> Vec<String>,
    visit: impl Fn(&S) -> Visit<S>,
) -> Vec<Reached> {
    let mut found: BTreeSet<Vec<String>> = roots.iter().map(|(_, state)| axes(state)).collect();
    let mut queue = VecDeque::from(roots);
    let mut reached = Vec::new();
    while let Some((way, state)) = queue.pop_front() {
        let Visit { cells, next } = visit(&state);
        for (step, state) in next {
            if found.insert(axes(&state)) {
                queue.push_back((format!("from {}: {step}", reached.len() + 1), state));
            }
        }
        reached.push(Reached { axes: axes(&state), way, cells });
    }
    reached
}

/// The table as text: for each transition a tree over the axes, then every state with the shortest way to it.
pub(crate) fn table(title: &str, names: &[&str], reached: &[Reached]) -> String {
    let mut text = format!("{title}\n\nStates: {}\n", reached.len());
    let mut headings: BTreeMap<&str, BTreeSet<&Heading>> = BTreeMap::new();
    for heading in reached.iter().flat_map(|state| state.cells.keys()) {
        headings.entry(&heading.0).or_default().insert(heading);
    }
    for (transition, signers) in headings {
        let mut trees: Vec<(Tree, Vec<&str>)> = Vec::new();
        for heading in signers {
            let row = |state: &'_ Reached| state.cells.get(heading).cloned();
            let rows = reached.iter().filter_map(|state| row(state).map(|cell| (&state.axes[..], cell)));
            let tree = Tree::grow(&rows.collect::<Vec<_>>(), 0);
            match trees.iter_mut().find(|(known, _)| known.is_like(&tree)) {
                Some((_, signers)) => signers.push(&heading.1),
                None => trees.push((tree, vec![&heading.1])),
            }
        }
        for (tree, signers) in trees {
            let _ = writeln!(text, "\n{transition} by {}", signers.join(", "));
            tree.write(names, 1, &mut text);
        }
    }
    let _ = writeln!(text, "\nEvery state, and a shortest way to it\nstate\t{}\tway", names.join("\t"));
    for (place, state) in reached.iter().enumerate() {
        let _ = writeln!(text, "{}\t{}\t{}", place + 1, state.axes.join("\t"), state.way);
    }
    text
}

/// What outcomes depend on. The counts say how many states a leaf stands for; all of a heading's together are all.
enum Tree {
    Leaf { outcome: String, states: usize },
    Split { axis: usize, branches: Vec<(Vec<String>, Self)> },
}

impl Tree {
    /// Splits by the first axis on which the outcome depends; values that lead to the same share a branch.
    fn grow(rows: &[(&[String], String)], axis: usize) -> Self {
        let (_, outcome) = &rows[0];
        if rows.iter().all(|(_, other)| other == outcome) {
            return Self::Leaf { outcome: outcome.clone(), states: rows.len() };
        }
        assert!(axis < rows[0].0.len(), "one state, two outcomes: {rows:?}");
        let mut values: BTreeMap<&str, Vec<(&[String], String)>> = BTreeMap::new();
        for (axes, outcome) in rows {
            values.entry(&axes[axis]).or_default().push((axes, outcome.clone()));
        }
        let mut branches: Vec<(Vec<String>, Self)> = Vec::new();
        for (value, rows) in values {
            let tree = Self::grow(&rows, axis + 1);
            match branches.iter_mut().find(|(_, known)| known.is_like(&tree)) {
                Some((values, known)) => {
                    values.push(value.to_owned());
                    known.add(&tree);
                }
                None => branches.push((vec![value.to_owned()], tree)),
            }
        }
        match branches.len() {
            1 => branches.remove(0).1,
            _ => Self::Split { axis, branches },
        }
    }

    /// Whether it is the same but for the counts.
    fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Leaf { outcome, .. }, Self::Leaf { outcome: others, .. }) => outcome == others,
            (Self::Split { axis, branches }, Self::Split { axis: other_axis, branches: others }) => {
                axis == other_axis
                    && branches.len() == others.len()
                    && branches.iter().zip(others).all(|(a, b)| a.0 == b.0 && a.1.is_like(&b.1))
            }
            (Self::Leaf { .. }, Self::Split { .. }) | (Self::Split { .. }, Self::Leaf { .. }) => false,
        }
    }

    /// Adds the counts of one that is like it.
    fn add(&mut self, other: &Self) {
        match (self, other) {
            (Self::Leaf { states, .. }, Self::Leaf { states: more, .. }) => *states += more,
            (Self::Split { branches, .. }, Self::Split { branches: others, .. }) => {
                branches.iter_mut().zip(others).for_each(|((_, tree), (_, other))| tree.add(other));
            }
            (Self::Leaf { .. }, Self::Split { .. }) | (Self::Split { .. }, Self::Leaf { .. }) => {}
        }
    }

    fn write(&self, names: &[&str], depth: usize, text: &mut String) {
        let indent = "  ".repeat(depth);
        match self {
            Self::Leaf { outcome, states } => {
                let _ = writeln!(text, "{indent}{outcome} ({states})");
            }
            Self::Split { axis, branches } => {
                for (values, tree) in branches {
                    let _ = write!(text, "{indent}{} = {}", names[*axis], values.join(" | "));
                    if let Self::Leaf { outcome, states } = tree {
                        let _ = writeln!(text, ": {outcome} ({states})");
                    } else {
                        text.push('\n');
                        tree.write(names, depth + 1, text);
                    }
                }
            }
        }
    }
}

/// Compares a table with the reviewed file, or writes the file where `PIAO_WRITE_TABLES` is set.
pub(crate) fn compare(file: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tables").join(file);
    if std::env::var_os("PIAO_WRITE_TABLES").is_some() {
        std::fs::write(&path, text).expect("the table is written");
        return;
    }
    let reviewed = std::fs::read_to_string(&path).expect("the reviewed table is there");
    let differs = text.lines().zip(reviewed.lines()).position(|(now, then)| now != then);
    if let Some(line) = differs {
        panic!(
            "{file}:{}: is\n{}\nbut was reviewed as\n{}\nReview it, and write it with PIAO_WRITE_TABLES=1",
            line + 1,
            text.lines().nth(line).unwrap_or_default(),
            reviewed.lines().nth(line).unwrap_or_default(),
        );
    }
    assert_eq!(text.lines().count(), reviewed.lines().count(), "{file} is longer or shorter than reviewed");
}
