//! What was measured, for people and for programs.

mod chart;
mod grown;
mod html;
mod load;
mod scenarios;
mod sections;

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::disk::Disk;
use crate::failure::Failure;
use crate::growth::Growth;
use crate::history::Filled;
use crate::machine::Machine;
use crate::measured::Row;
use crate::overload::Overload;
use crate::part::Part;
use crate::scenario::Measured;
use crate::storm::Storm;
use crate::table::Table;
use chart::Chart;

/// Everything that one call measured.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) machine: Machine,
    pub(crate) seconds_a_run: f64,
    pub(crate) rows: Vec<Row>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) scenarios: Vec<Measured>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) overload: Vec<Overload>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) storms: Vec<Storm>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) growth: Vec<Growth>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) filled: Vec<Filled>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) disk: Option<Disk>,
}

/// A part of the report as it is read.
struct Section {
    title: &'static str,
    /// What its numbers are.
    note: String,
    table: Table,
    charts: Vec<Chart>,
}

impl Report {
    /// A report of nothing yet.
    pub(crate) const fn new(machine: Machine, seconds_a_run: f64) -> Self {
        Self {
            machine,
            seconds_a_run,
            rows: Vec::new(),
            scenarios: Vec::new(),
            overload: Vec::new(),
            storms: Vec::new(),
            growth: Vec::new(),
            filled: Vec::new(),
            disk: None,
        }
    }

    fn of(&self, part: Part) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(move |row| row.part == part)
    }

    /// What the first row complains of that does.
    pub(crate) fn complaint(&self) -> Option<String> {
        let scenarios = self.scenarios.iter().map(|measured| &measured.row);
        let rows = self.rows.iter().chain(scenarios).find_map(Row::complaint);
        let overload = || self.overload.iter().find_map(Overload::complaint);
        rows.or_else(overload).or_else(|| self.storms.iter().find_map(Storm::complaint))
    }

    /// The best median of a part's rows.
    fn best(&self, part: Part) -> Option<f64> {
        self.of(part).filter_map(Row::per_second).max_by(f64::total_cmp)
    }

    /// The most that the closed loop reached.
    pub(crate) fn peak(&self) -> Option<f64> {
        self.best(Part::Rest)
    }

    fn title(&self) -> String {
        let Machine { date, commit, changed, .. } = &self.machine;
        let changed = if *changed { ", with changes" } else { "" };
        format!("Load tests, {date}, {commit}{changed}")
    }

    fn preface(&self) -> String {
        format!(
            "Medians over the runs of a row, least and most in brackets; a run is {} s after a warm-up. All on one \
             machine: the platform, PostgreSQL, RabbitMQ and the generator.",
            self.seconds_a_run
        )
    }

    /// The report as Markdown.
    pub(crate) fn text(&self) -> String {
        let mut text = format!("# {}\n\n{}\n", self.title(), self.preface());
        for Section { title, note, table, charts: _ } in sections::of(self) {
            let note = if note.is_empty() { note } else { format!("{note}\n\n") };
            text += &format!("\n## {title}\n\n{note}{}", table.text());
        }
        text
    }

    /// Writes all forms into a folder, under names that the day and the commit make, and says where.
    pub(crate) fn write(&self, folder: &Path) -> Result<PathBuf, Failure> {
        let doing = || format!("writing a report into {}", folder.display());
        std::fs::create_dir_all(folder).map_err(Failure::doing(doing()))?;
        let name = format!("{}-{}", self.machine.date, self.machine.commit);
        let json = serde_json::to_string_pretty(self).map_err(Failure::doing(doing()))?;
        for (kind, text) in [("json", json + "\n"), ("html", html::page(self))] {
            std::fs::write(folder.join(format!("{name}.{kind}")), text).map_err(Failure::doing(doing()))?;
        }
        let path = folder.join(format!("{name}.md"));
        std::fs::write(&path, self.text()).map_err(Failure::doing(doing()))?;
        Ok(path)
    }
}
