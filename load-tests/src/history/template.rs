//! What the services wrote of some lives, as it comes out of COPY, with what is one life's own left open.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::TryStreamExt as _;
use piao_domain::ids::TransitionId;
use piao_domain::number::{InvoiceNumber, Segment};
use piao_protocol::jws::Unverified;
use tokio_postgres::Client;

use crate::corpus::Life;
use crate::failure::Failure;

/// Tables with rows of an invoice or of a transition: the columns tell.
const TABLES: &str = "\
    SELECT table_schema::text, table_name::text, array_agg(column_name::text ORDER BY ordinal_position)
    FROM information_schema.columns
    WHERE table_schema NOT IN ('pg_catalog', 'information_schema')
    GROUP BY table_schema, table_name
    HAVING bool_or(column_name IN ('number', 'invoice') AND data_type = 'text')
        OR table_name IN ('decided', 'receipt')
    ORDER BY 1, 2";

/// What a life is found by.
pub(super) struct Identity {
    pub(super) number: String,
    pub(super) ids: Vec<String>,
}

/// A table, and for each life the lines that it has there.
pub(super) struct Table {
    /// `COPY … FROM STDIN`
    pub(super) statement: String,
    pub(super) lines: Vec<Vec<Line>>,
}

/// A line of COPY's text.
pub(super) struct Line(pub(super) Vec<Piece>);

/// A part of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Text(String),
    /// The invoice's number.
    Number,
    /// The id of one of its transitions, in hexadecimal digits.
    Id(usize),
    /// The place in the log of one of its transitions.
    Place(usize),
    /// A day, counted from 1970.
    Day,
    /// A month, `2026-11`.
    Month,
}

/// Everything that is copied.
pub(super) struct Templates {
    pub(super) tables: Vec<Table>,
    /// Numbers of the issuers, in the order of lives.
    pub(super) segments: Vec<Segment>,
    /// Lives that there are lines of.
    pub(super) lives: usize,
}

impl Identity {
    /// That of a life that is not sent yet.
    pub(super) fn of(life: &Life) -> Result<Self, Failure> {
        let doing = || "reading what was signed";
        let mut ids = Vec::with_capacity(life.steps.len());
        let mut number = None;
        for step in &life.steps {
            let read = Unverified::parse(Arc::clone(&step.jws)).map_err(Failure::doing(doing()))?;
            ids.push(TransitionId::to_string(&read.id()));
            let body = read.body_text();
            let digits = body
                .as_bytes()
                .windows(20)
                .find_map(|at| InvoiceNumber::parse(std::str::from_utf8(at).ok()?).ok());
            number = number.or(digits);
        }
        let number = number.ok_or_else(|| Failure::new("a life without a number"))?;
        Ok(Self { number: number.to_string(), ids })
    }
}

impl Templates {
    /// Reads every row of these lives.
    pub(super) async fn read(
        postgres: &Client,
        lives: Vec<Identity>,
        segments: Vec<Segment>,
    ) -> Result<Self, Failure> {
        let rows = postgres.query(TABLES, &[]).await.map_err(Failure::doing("looking for tables"))?;
        let mut tables = Vec::new();
        for row in rows {
            let (schema, name): (String, String) = (row.get(0), row.get(1));
            let columns: Vec<String> = row.get(2);
            let table = format!("\"{schema}\".\"{name}\" ({})", columns.join(", "));
            let out = postgres.copy_out(&format!("COPY {table} TO STDOUT")).await;
            let out = out.map_err(Failure::doing("reading rows to copy"))?;
            let bytes: Vec<u8> = out
                .try_fold(Vec::new(), |mut all, chunk| async move {
                    all.extend_from_slice(&chunk);
                    Ok(all)
                })
                .await
                .map_err(Failure::doing("reading rows to copy"))?;
            let text = String::from_utf8(bytes).map_err(Failure::doing("reading rows to copy"))?;
            let lines = lines(&text, &columns, &lives);
            // A table in which nothing of an invoice's first steps stands.
            if lines.iter().any(|lines| !lines.is_empty()) {
                tables.push(Table { statement: format!("COPY {table} FROM STDIN"), lines });
            }
        }
        Ok(Self { tables, segments, lives: lives.len() })
    }
}

/// The lines of each life, in a table with these columns.
fn lines(text: &str, columns: &[String], lives: &[Identity]) -> Vec<Vec<Line>> {
    let mut names = BTreeMap::new();
    for (place, life) in lives.iter().enumerate() {
        names.insert(life.number.as_str(), place);
        names.extend(life.ids.iter().map(|id| (id.as_str(), place)));
    }
    let mut lines = lives.iter().map(|_| Vec::new()).collect::<Vec<_>>();
    for line in text.lines() {
        let fields = line.split('\t').collect::<Vec<_>>();
        let named = |field: &&str| names.get(field.strip_prefix("\\\\x").unwrap_or(field)).copied();
        if let Some(life) = fields.iter().find_map(named) {
            let step = step_of(&fields, &lives[life]);
            lines[life].push(Line(pieces(&fields, columns, &lives[life], step)));
        }
    }
    lines
}

/// Which step of a life a row is about: the one whose id it holds.
fn step_of(fields: &[&str], life: &Identity) -> usize {
    let holds = |id: &&String| fields.iter().any(|field| field.strip_prefix("\\\\x") == Some(id.as_str()));
    life.ids.iter().position(|id| holds(&id)).unwrap_or(0)
}

fn pieces(fields: &[&str], columns: &[String], life: &Identity, step: usize) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for (place, (field, column)) in fields.iter().zip(columns).enumerate() {
        if place > 0 {
            pieces.push(Piece::Text("\t".to_owned()));
        }
        match column.as_str() {
            "place" => pieces.push(Piece::Place(step)),
            "day" => pieces.push(Piece::Day),
            "month" => pieces.push(Piece::Month),
            _ => pieces.extend(field_pieces(field, life)),
        }
    }
    pieces.push(Piece::Text("\n".to_owned()));
    joined(pieces)
}

/// A field, with what is the life's own left open wherever it stands.
fn field_pieces(field: &str, life: &Identity) -> Vec<Piece> {
    let names = life.ids.iter().enumerate().map(|(place, id)| (id.as_str(), Piece::Id(place)));
    let names = names.chain([(life.number.as_str(), Piece::Number)]);
    let first =
        names.filter_map(|(name, piece)| Some((field.find(name)?, name, piece))).min_by_key(|(at, ..)| *at);
    match first {
        None => vec![Piece::Text(field.to_owned())],
        Some((at, name, piece)) => {
            let mut pieces = vec![Piece::Text(field[..at].to_owned()), piece];
            pieces.extend(field_pieces(&field[at + name.len()..], life));
            pieces
        }
    }
}

/// The same with neighbouring texts as one.
fn joined(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut all: Vec<Piece> = Vec::with_capacity(pieces.len());
    for piece in pieces {
        match (all.last_mut(), piece) {
            (Some(Piece::Text(before)), Piece::Text(text)) => before.push_str(&text),
            (_, piece) => all.push(piece),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_a_life_s_own_is_left_open_wherever_it_stands() {
        let lives = [
            Identity { number: "26950000000000000001".into(), ids: vec!["aa".repeat(32), "bb".repeat(32)] },
            Identity { number: "26950000000000000002".into(), ids: vec!["cc".repeat(32), "dd".repeat(32)] },
        ];
        let columns = ["number", "place", "id", "body", "day", "month"].map(str::to_owned);
        let text = format!(
            "26950000000000000009\t7\t\\\\x{}\t{{}}\t20000\t2026-11\n\
             26950000000000000002\t7\t\\\\x{}\t{{\"n\":\"26950000000000000002\"}}\t20000\t2026-11\n",
            "ee".repeat(32),
            "dd".repeat(32)
        );
        let lines = lines(&text, &columns, &lives);
        assert!(lines[0].is_empty());
        let text = |text: &str| Piece::Text(text.to_owned());
        let expect = [
            text(""),
            Piece::Number,
            text("\t"),
            Piece::Place(1),
            text("\t\\\\x"),
            Piece::Id(1),
            text("\t{\"n\":\""),
            Piece::Number,
            text("\"}\t"),
            Piece::Day,
            text("\t"),
            Piece::Month,
            text("\n"),
        ];
        assert_eq!(lines[1][0].0, expect);
    }
}
