//! `mfn sweep`: a table of simulations, one row for each combination of their parameters.

mod axis;
mod computation;
mod file;
mod plan;
mod row;
mod table;

use std::iter;
use std::num::NonZeroUsize;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

use clap::Args;
use futures_util::{StreamExt as _, stream};
use tokio::runtime::Builder;

use crate::commands::connection::Connection;
use crate::commands::serve::stop_signal::StopSignal;
use crate::failure::Failure;
use computation::Computer;
use plan::Plan;
use table::Table;

/// Most rows that are computed at once.
const MAX_JOBS: u64 = 1024;
/// Calls in flight, if nobody says how many.
const DEFAULT_CALLS: usize = 16;
/// Parts of the rows that may wait in memory for one before them, for each thread.
const PARTS_AHEAD: usize = 16;
/// Most parts that are written together.
const PARTS_A_WRITE: usize = 64;
/// The exit code after Ctrl-C, as shells have it.
const INTERRUPTED: u8 = 130;

/// Run a simulation for each combination of parameters, and write a table of the results
#[derive(Debug, Args)]
#[command(after_help = "\
Every parameter is a list, as in 0.1,0.15,0.2, of values and ranges: 0..1000 is 0 to 999, 0..=1000
has its end too, and 0.1..=0.2:0.05 goes up in steps. There is a row for each combination of their
values: the seed changes from row to row, the grid size least often. The rows and their order are
the same however many are computed at once, and whether here or by a server.

A file says in its first line by which parameters it was made. If a sweep was stopped, in whichever
way, the same command goes on after the last whole row; a file of another sweep is refused. Only
standard output begins anew. Without --csv and --ndjson, CSV goes there.

The exit code is 0 if all rows are written, 130 after Ctrl-C, and else that of `mfn call`.

Examples:
  mfn sweep --seeds 0..1000 --alpha 0.1,0.15,0.2 --csv sweep.csv
  mfn sweep --seeds 0..100 --grid-size 32..=128:32 --turing-enabled true,false --features
  mfn sweep --seeds 0..1000 --target https://mfn.example.com:50051 --ndjson sweep.ndjson")]
pub(crate) struct Sweep {
    #[command(flatten)]
    plan: Plan,

    /// Write comma-separated values to this file, or go on with it; '-' is standard output
    #[arg(long, help_heading = "Output", value_name = "FILE", conflicts_with = "ndjson")]
    csv: Option<PathBuf>,

    /// Write a line of JSON a row to this file, or go on with it; '-' is standard output
    #[arg(long, help_heading = "Output", value_name = "FILE")]
    ndjson: Option<PathBuf>,

    /// Rows to compute at once: 1 to 1024 [default: one a core, 16 with --target]
    #[arg(long, help_heading = "Output", value_name = "NUMBER")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=MAX_JOBS))]
    jobs: Option<u64>,

    /// Have a server compute: HOST:PORT, http://HOST:PORT or https://HOST:PORT. Given several
    /// times, they are asked in turn
    #[arg(long, value_name = "URL", help_heading = "Server")]
    target: Vec<String>,

    #[command(flatten)]
    connection: Connection,
}

impl Sweep {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let rows = self.plan.rows()?;
        self.check_server()?;
        let runtime = Builder::new_current_thread()
            .max_blocking_threads(self.jobs())
            .enable_all()
            .build()
            .map_err(|error| Failure::work("cannot start the main thread", error))?;
        let computer = runtime.block_on(async { self.computer() })?;
        let mut table = Table::open(&self.plan, rows, self.csv.as_deref(), self.ndjson.as_deref())?;
        let begun = table.rows;
        let done = runtime.block_on(self.fill(&mut table, &computer));
        // What is still computed is of no use any more.
        runtime.shutdown_background();
        done.map_err(|failure| table.with_advice(failure))?;
        table.say_what_is_in_it(begun)
    }

    /// What is about a server needs one, and one is asked only for what it can compute.
    fn check_server(&self) -> Result<(), Failure> {
        if let (true, Some(flag)) = (self.target.is_empty(), self.connection.flag()) {
            return Err(Failure::Usage(format!("{flag} is about a server: name one by --target")));
        }
        if !self.target.is_empty() && self.plan.has_jitter() {
            return Err(Failure::Usage(
                "--quantum-jitter is no parameter of a server: leave it out, or leave out --target"
                    .to_owned(),
            ));
        }
        Ok(())
    }

    fn jobs(&self) -> usize {
        self.jobs.map_or_else(
            || {
                let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
                if self.target.is_empty() { cores } else { DEFAULT_CALLS }
            },
            |jobs| jobs as usize,
        )
    }

    /// Made within a runtime.
    fn computer(&self) -> Result<Computer, Failure> {
        if self.target.is_empty() {
            return Ok(Computer::ThisProcess);
        }
        Ok(Computer::Server(self.connection.client(&self.target)?))
    }

    /// Computes the rows that are missing and writes them, in their order.
    async fn fill(&self, table: &mut Table, computer: &Computer) -> Result<(), Failure> {
        let no_signals = |error| Failure::work("cannot wait for signals", error);
        let mut stop = StopSignal::new(false).map_err(no_signals)?;
        let in_flight = match computer {
            Computer::ThisProcess => self.jobs() * PARTS_AHEAD,
            Computer::Server(_) => self.jobs(),
        };
        let (plan, format) = (Arc::new(self.plan.clone()), table.format);
        let parts = stream::iter(parts(&self.plan, computer, table.rows..table.of));
        let parts = parts.map(|rows| computer.clone().part(Arc::clone(&plan), format, rows));
        let mut parts = parts.buffered(in_flight).ready_chunks(PARTS_A_WRITE);
        let bar = table.bar();
        loop {
            let chunk = tokio::select! {
                biased;
                () = stop.received() => return Err(interrupted()),
                chunk = parts.next() => chunk,
            };
            let Some(chunk) = chunk else { return Ok(()) };
            table.add(chunk)?;
            bar.set_position(table.rows);
        }
    }
}

/// The rows in parts, each of which is computed in one go.
fn parts(plan: &Plan, computer: &Computer, rows: Range<u64>) -> impl Iterator<Item = Range<u64>> {
    let mut start = rows.start;
    iter::from_fn(move || {
        (start < rows.end).then(|| {
            let length = plan.params(start).map_or(1, |params| computer.rows_a_part(&params));
            let part = start..rows.end.min(start + length);
            start = part.end;
            part
        })
    })
}

fn interrupted() -> Failure {
    Failure::Coded { code: INTERRUPTED, message: "the sweep was stopped".to_owned() }
}
