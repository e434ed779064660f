//! What was measured, for people and for programs.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::disk::Disk;
use crate::failure::Failure;
use crate::machine::Machine;
use crate::measured::{Row, Run};
use crate::platform::PIAO;
use crate::processes::GENERATOR;
use crate::servers::{POSTGRES, RABBITMQ};
use crate::table::{Table, number, spread};

/// Everything that one call measured.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) machine: Machine,
    pub(crate) seconds_a_run: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) signatures: Option<Row>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) postgres: Option<Row>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ledger: Option<Row>,
    pub(crate) rest: Vec<Row>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) arrivals: Option<Row>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) disk: Option<Disk>,
}

impl Report {
    fn rows(&self) -> impl Iterator<Item = &Row> {
        let alone = [&self.signatures, &self.postgres, &self.ledger];
        alone.into_iter().flatten().chain(&self.rest).chain(&self.arrivals)
    }

    /// What the first row complains of that does.
    pub(crate) fn complaint(&self) -> Option<String> {
        self.rows().find_map(Row::complaint)
    }

    /// The most that the closed loop reached.
    pub(crate) fn peak(&self) -> Option<f64> {
        self.rest.iter().filter_map(Row::per_second).max_by(f64::total_cmp)
    }

    /// The report as Markdown.
    pub(crate) fn text(&self) -> String {
        let Machine { date, commit, changed, .. } = &self.machine;
        let changed = if *changed { ", with changes" } else { "" };
        let mut text = format!("# Load tests, {date}, {commit}{changed}\n\n");
        text += &format!(
            "Medians over the runs of a row, least and most in brackets; a run is {} s after a warm-up. All on one \
             machine: the platform, PostgreSQL, RabbitMQ and the generator.\n\n",
            self.seconds_a_run
        );
        text += &self.speeds();
        text += "\nFrom POST to receipt in milliseconds, and what was not accepted:\n\n";
        text += &self.latencies();
        text += "\nFor each transition: milliseconds of CPU by program, and bytes written ahead by PostgreSQL. At the end \
                 of a row: memory in MiB.\n\n";
        text += &self.costs();
        text += &self.ratios();
        text += &self.disk_text();
        text + &self.machine_text()
    }

    fn speeds(&self) -> String {
        let mut table = Table::new(&["row", "a second", "transitions a block"]);
        for row in self.rows() {
            let block = row
                .spread(|run| run.blocks.filter(|blocks| *blocks > 0).map(|blocks| each(run.done, blocks)));
            table.row(vec![
                row.name.clone(),
                format!("{} {}", spread(row.spread(|run| Some(run.per_second()))), row.unit),
                spread(block),
            ]);
        }
        table.text()
    }

    fn latencies(&self) -> String {
        let mut table =
            Table::new(&["row", "p50", "p95", "p99", "most", "refused", "failed", "what came instead"]);
        for row in self.rest.iter().chain(&self.arrivals) {
            let of = |of: fn(&crate::latency::Percentiles) -> f64| {
                spread(row.spread(|run| run.latency_ms.as_ref().map(of)))
            };
            let total = |of: fn(&Run) -> u64| row.runs.iter().map(of).sum::<u64>().to_string();
            let odd = row.runs.iter().find_map(|run| run.discarded.clone().or_else(|| run.surprise.clone()));
            table.row(vec![
                row.name.clone(),
                of(|told| told.p50),
                of(|told| told.p95),
                of(|told| told.p99),
                of(|told| told.max),
                total(|run| run.refused),
                total(|run| run.failed),
                odd.unwrap_or_default(),
            ]);
        }
        table.text()
    }

    fn costs(&self) -> String {
        let programs = [PIAO, POSTGRES, RABBITMQ, GENERATOR];
        let mut headings = vec!["row"];
        headings.extend(programs);
        headings.extend(["all but the generator", "WAL", "piao MiB", "PostgreSQL MiB", "RabbitMQ MiB"]);
        let mut table = Table::new(&headings);
        for row in self.rows().filter(|row| row.runs.iter().any(|run| !run.cpu_seconds.is_empty())) {
            let cpu = |program: &'static str| {
                row.spread(|run| run.cpu_ms_each(program)).map(|spread| spread.median)
            };
            let ours = programs[..3].iter().filter_map(|program| cpu(program)).sum::<f64>();
            let memory = |program: &'static str| {
                let bytes = row.spread(|run| run.memory_bytes.get(program).map(|bytes| mib(*bytes)));
                number(bytes.map(|spread| spread.median))
            };
            let mut cells = vec![row.name.clone()];
            cells.extend(programs.map(|program| number(cpu(program))));
            cells.push(number(Some(ours)));
            cells.push(number(row.spread(Run::wal_bytes_each).map(|spread| spread.median)));
            cells.extend([PIAO, POSTGRES, RABBITMQ].map(memory));
            table.row(cells);
        }
        table.text()
    }

    fn ratios(&self) -> String {
        let rate = |row: &Option<Row>| row.as_ref().and_then(Row::per_second);
        let ratio = |of: Option<f64>, to: Option<f64>| Some(of? / to.filter(|to| *to > 0.0)?);
        let mut table = Table::new(&["ratio", ""]);
        let rows = [
            ("best over REST : PostgreSQL alone", ratio(self.peak(), rate(&self.postgres))),
            ("ledger alone : k256 on all cores", ratio(rate(&self.ledger), rate(&self.signatures))),
        ];
        for (name, of) in rows {
            table.row(vec![name.to_owned(), number(of)]);
        }
        format!("\n{}", table.text())
    }

    fn disk_text(&self) -> String {
        let Some(disk) = &self.disk else { return String::new() };
        let mut table = Table::new(&["schema", "MiB", "bytes a transition"]);
        for (schema, bytes) in &disk.schemas {
            table.row(vec![
                schema.clone(),
                number(Some(mib(*bytes))),
                number(Some(each(*bytes, disk.transitions))),
            ]);
        }
        table.row(vec!["all".to_owned(), number(Some(mib(disk.bytes))), number(disk.bytes_each())]);
        format!(
            "\nTables and indexes of the platform after VACUUM, {} transitions on the record:\n\n{}",
            disk.transitions,
            table.text()
        )
    }

    fn machine_text(&self) -> String {
        let Machine { cores, cpu, memory_mib, kernel, rabbitmq, postgres, load_before, .. } = &self.machine;
        let mut table = Table::new(&["machine", ""]);
        let mut row = |name: &str, value: String| table.row(vec![name.to_owned(), value]);
        row("cores", format!("{cores} of {cpu}"));
        row("memory", format!("{memory_mib} MiB"));
        row("Linux", kernel.clone());
        row("load before", load_before.clone());
        row("RabbitMQ", rabbitmq.clone());
        for (name, value) in postgres {
            row(&format!("PostgreSQL {name}"), value.clone());
        }
        format!("\n{}", table.text())
    }

    /// Writes both forms into a folder and says where.
    pub(crate) fn write(&self, folder: &Path) -> Result<PathBuf, Failure> {
        let doing = || format!("writing a report into {}", folder.display());
        std::fs::create_dir_all(folder).map_err(Failure::doing(doing()))?;
        let name = format!("{}-{}", self.machine.date, self.machine.commit);
        let json = serde_json::to_string_pretty(self).map_err(Failure::doing(doing()))?;
        std::fs::write(folder.join(format!("{name}.json")), json + "\n").map_err(Failure::doing(doing()))?;
        let path = folder.join(format!("{name}.md"));
        std::fs::write(&path, self.text()).map_err(Failure::doing(doing()))?;
        Ok(path)
    }
}

fn mib(bytes: u64) -> f64 {
    crate::measured::whole(bytes) / f64::from(1 << 20)
}

fn each(what: u64, of: u64) -> f64 {
    crate::measured::whole(what) / crate::measured::whole(of.max(1))
}
