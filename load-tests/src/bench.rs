//! One call: every part that is wanted, in the order of the report.

use std::path::Path;
use std::time::Instant;

use clap::ValueEnum as _;

use crate::failure::Failure;
use crate::machine::Machine;
use crate::measured::Row;
use crate::part::Part;
use crate::plan::Plan;
use crate::report::Report;
use crate::scenario::Measured;
use crate::servers::Servers;
use crate::stage::Stage;
use crate::{
    arrivals, disk, growth, history, ledger_alone, overload, plain_service, postgres_alone, rest, scenario,
    servers, signatures, signing, storm, table,
};

/// Offered where no closed loop said what the platform can do.
const DEFAULT_PEAK: f64 = 500.0;

/// Measures what is wanted.
pub(crate) async fn measure(plan: &Plan, servers: &Servers, folder: &Path) -> Result<Report, Failure> {
    let postgres = servers::connect(&servers.database_url).await?;
    let machine = Machine::look(&postgres, crate::now().date().to_string()).await?;
    let mut bench = Bench {
        plan,
        servers,
        folder,
        stage: Stage::new(plan, servers, folder),
        report: Report::new(machine, plan.measured.as_secs_f64()),
    };
    for part in Part::value_variants() {
        if plan.wants(*part) {
            println!("== {}", part.name());
            let since = Instant::now();
            bench.part(*part).await?;
            println!("   {} s", since.elapsed().as_secs());
        }
    }
    Ok(bench.report)
}

struct Bench<'a> {
    plan: &'a Plan,
    servers: &'a Servers,
    folder: &'a Path,
    stage: Stage<'a>,
    report: Report,
}

impl Bench<'_> {
    async fn part(&mut self, part: Part) -> Result<(), Failure> {
        let Self { plan, servers, folder, report, .. } = self;
        match part {
            Part::Signatures => report.rows.push(told(signatures::measure(plan)?)),
            Part::Signing => signing::measure(plan, crate::now(), |row| report.rows.push(told(row)))?,
            Part::Postgres => {
                report.rows.push(told(postgres_alone::measure(plan, servers, folder).await?));
            }
            Part::Service => {
                report.rows.push(told(plain_service::measure(plan, servers, folder, crate::now()).await?));
            }
            Part::Ledger => {
                report.rows.push(told(ledger_alone::measure(plan, servers, folder, crate::now()).await?));
            }
            Part::Rest => self.rest().await?,
            Part::Arrivals => self.arrivals().await?,
            Part::Keys => self.keys().await?,
            Part::Scenarios => self.scenarios().await?,
            Part::Overload => self.overload().await?,
            Part::Storm => self.storm().await?,
            Part::Memory => self.memory().await?,
            Part::Size => self.size().await?,
        }
        Ok(())
    }

    async fn rest(&mut self) -> Result<(), Failure> {
        let platform = self.stage.platform(Part::Rest).await?;
        let watch = platform.watch(self.servers).await?;
        rest::measure(self.plan, platform, &watch, |row| self.report.rows.push(told(row))).await?;
        self.report.disk = Some(disk::Disk::look(watch.postgres()).await?);
        Ok(())
    }

    async fn arrivals(&mut self) -> Result<(), Failure> {
        let platform = self.stage.platform(Part::Arrivals).await?;
        let watch = platform.watch(self.servers).await?;
        let peak = self.report.peak().unwrap_or(DEFAULT_PEAK);
        self.report.rows.push(told(arrivals::measure(self.plan, platform, &watch, peak).await?));
        self.report.disk = Some(disk::Disk::look(watch.postgres()).await?);
        Ok(())
    }

    async fn keys(&mut self) -> Result<(), Failure> {
        let platform = self.stage.platform(Part::Keys).await?;
        let watch = platform.watch(self.servers).await?;
        rest::measure_keys(self.plan, platform, &watch, |row| self.report.rows.push(told(row))).await?;
        self.report.disk = Some(disk::Disk::look(watch.postgres()).await?);
        Ok(())
    }

    async fn scenarios(&mut self) -> Result<(), Failure> {
        let platform = self.stage.platform(Part::Scenarios).await?;
        let watch = platform.watch(self.servers).await?;
        let guess = self.report.peak().unwrap_or(DEFAULT_PEAK);
        let progress = |measured: Measured| {
            let row = told(measured.row);
            self.report.scenarios.push(Measured { row, ..measured });
        };
        scenario::measure(self.plan, platform, &watch, guess, progress).await
    }

    async fn overload(&mut self) -> Result<(), Failure> {
        let platform = self.stage.platform(Part::Overload).await?;
        let watch = platform.watch(self.servers).await?;
        let guess = self.report.peak().unwrap_or(DEFAULT_PEAK);
        let (row, overload) = overload::measure(self.plan, platform, &watch, guess).await?;
        self.report.rows.push(told(row));
        self.report.overload = overload;
        Ok(())
    }

    async fn storm(&mut self) -> Result<(), Failure> {
        let platform = self.stage.platform(Part::Storm).await?;
        let watch = platform.watch(self.servers).await?;
        let guess = self.report.peak().unwrap_or(DEFAULT_PEAK);
        let (row, storms) = storm::measure(self.plan, platform, &watch, guess).await?;
        self.report.rows.push(told(row));
        self.report.storms = storms;
        Ok(())
    }

    async fn memory(&mut self) -> Result<(), Failure> {
        let platform = self.stage.platform(Part::Memory).await?;
        let watch = platform.watch(self.servers).await?;
        self.report.growth = growth::measure(self.plan, platform, &watch).await?;
        Ok(())
    }

    async fn size(&mut self) -> Result<(), Failure> {
        let platform = self.stage.platform(Part::Size).await?;
        let watch = platform.watch(self.servers).await?;
        let progress = |row| self.report.rows.push(told(row));
        self.report.filled = history::measure(self.plan, platform, &watch, progress).await?;
        Ok(())
    }
}

/// Says at once what a row came to.
fn told(row: Row) -> Row {
    let rate = table::spread(row.spread(|run| Some(run.per_second())));
    println!("   {}: {rate} {} a second", row.name, row.unit);
    if let Some(odd) = row.odd() {
        println!("   not as expected: {odd}");
    }
    row
}
