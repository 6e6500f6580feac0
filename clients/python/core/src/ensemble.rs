//! Many simulations side by side: one a seed, all else alike.

use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use mfn_core::statistics::MV_PER_V;
use mfn_core::{Simulation, SimulationParams};
use pyo3::exceptions::{PyMemoryError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyByteArray;

use crate::answers::{SummaryTuple, tuple};
use crate::interrupt::{parts_of_a_slice, slice};
use crate::parameters;

/// How long the calling thread waits before it looks for a signal.
const LOOK: Duration = Duration::from_millis(50);
/// More threads than any machine has cores are a mistake.
const THREADS_MAX: usize = 1024;

/// Runs a simulation for each seed on `threads` threads (0: one a core); returns all final fields in mV, one
/// after the other, empty unless `include_fields`, and the summaries.
#[pyfunction]
pub(crate) fn simulate_many(
    py: Python<'_>,
    seeds: Vec<i64>,
    grid_size: i64,
    steps: i64,
    alpha: f64,
    spike_probability: f64,
    turing_enabled: bool,
    quantum_jitter: bool,
    threads: usize,
    include_fields: bool,
) -> PyResult<(Py<PyByteArray>, Vec<SummaryTuple>)> {
    let simulations: Vec<SimulationParams> = seeds
        .into_iter()
        .map(|seed| {
            parameters::simulation(
                seed,
                grid_size,
                steps,
                alpha,
                spike_probability,
                turing_enabled,
                quantum_jitter,
            )
        })
        .collect::<PyResult<_>>()?;
    let threads = threads_of(threads, simulations.len())?;
    let cells = simulations.first().map_or(0, |params| params.grid_size().pow(2));
    let mut fields = zeros(if include_fields { cells * simulations.len() } else { 0 })?;
    let mut summaries = vec![SummaryTuple::default(); simulations.len()];

    let mut field_of = fields.chunks_exact_mut(cells.max(1));
    let jobs = simulations.into_iter().zip(&mut summaries).map(|(params, summary)| Job {
        params,
        summary,
        field: field_of.next(),
    });
    run(py, jobs, threads)?;
    Ok((PyByteArray::new(py, bytemuck::cast_slice(&fields)).unbind(), summaries))
}

/// One simulation, and where its results go.
struct Job<'a> {
    params: SimulationParams,
    summary: &'a mut SummaryTuple,
    field: Option<&'a mut [f64]>,
}

impl Job<'_> {
    /// Runs it, unless `stopped` is set meanwhile.
    fn run(self, stopped: &AtomicBool) {
        let mut simulation = Simulation::begin(self.params);
        let parts = parts_of_a_slice(&simulation);
        let mut advance = simulation.advance_in_parts(self.params.steps());
        while !advance.is_finished() {
            if stopped.load(Ordering::Relaxed) {
                return;
            }
            slice(&mut advance, parts);
        }
        drop(advance);
        *self.summary = tuple(&simulation.summary());
        if let Some(field) = self.field {
            for (to, v) in field.iter_mut().zip(simulation.field_v()) {
                *to = MV_PER_V * v;
            }
        }
    }
}

/// Runs jobs on threads, while this one looks for signals.
fn run<'a>(
    py: Python<'_>,
    jobs: impl Iterator<Item = Job<'a>> + Send,
    threads: usize,
) -> PyResult<()> {
    let (jobs, stopped) = (Mutex::new(jobs), AtomicBool::new(false));
    py.detach(|| {
        thread::scope(|scope| {
            let (running, ended) = mpsc::channel::<()>();
            for _ in 0..threads {
                let running = running.clone();
                let (jobs, stopped) = (&jobs, &stopped);
                scope.spawn(move || work(jobs, stopped, running));
            }
            drop(running);
            while ended.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
                if let Err(error) = look_for_signal() {
                    stopped.store(true, Ordering::Relaxed);
                    return Err(error);
                }
            }
            Ok(())
        })
    })
}

/// Takes jobs until there are none. That `_running` is dropped tells that this thread has ended.
fn work<'a>(
    jobs: &Mutex<impl Iterator<Item = Job<'a>>>,
    stopped: &AtomicBool,
    _running: Sender<()>,
) {
    while !stopped.load(Ordering::Relaxed) {
        let job = jobs.lock().ok().and_then(|mut jobs| jobs.next());
        let Some(job) = job else { return };
        job.run(stopped);
    }
}

fn look_for_signal() -> PyResult<()> {
    Python::attach(|py| {
        py.check_signals()?;
        Ok(())
    })
}

fn threads_of(threads: usize, jobs: usize) -> PyResult<usize> {
    if threads > THREADS_MAX {
        return Err(PyValueError::new_err(format!(
            "threads is {threads}, allowed is 1..={THREADS_MAX}, or 0 for one a core"
        )));
    }
    let cores = || thread::available_parallelism().map_or(1, NonZeroUsize::get);
    Ok(if threads == 0 { cores() } else { threads }.min(jobs))
}

fn zeros(cells: usize) -> PyResult<Vec<f64>> {
    let mut fields = Vec::new();
    fields.try_reserve_exact(cells).map_err(|_| {
        PyMemoryError::new_err(format!(
            "there is no room for {cells} cells; include_fields=False needs none"
        ))
    })?;
    fields.resize(cells, 0.0);
    Ok(fields)
}
