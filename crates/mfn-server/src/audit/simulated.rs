//! An audit without a thread, for simulations: its writer is a task of the thread that
//! simulates.

use super::*;

/// What is to be written by whoever runs this, and what is not written yet.
pub(crate) struct SimulatedWriter {
    writer: Writer,
    pub(crate) unwritten: Unwritten,
}

/// What is not written yet, also when the audit is gone.
#[derive(Clone)]
pub(crate) struct Unwritten(Arc<Backlog>);

impl Audit {
    /// One of which `max_waiting` lines may wait before calls do.
    pub(crate) fn simulated(sink: Sink, max_waiting: usize) -> (Self, SimulatedWriter) {
        let (audit, writer) = Self::new(sink, max_waiting);
        let unwritten = Unwritten(Arc::clone(&audit.0.backlog));
        (audit, SimulatedWriter { writer, unwritten })
    }
}

impl SimulatedWriter {
    pub(crate) async fn run(self) {
        self.writer.run().await;
    }
}

impl Unwritten {
    pub(crate) fn lines(&self) -> usize {
        self.0.waiting()
    }

    /// How many calls these lines are of.
    pub(crate) fn calls(&self) -> u64 {
        self.0.calls()
    }

    /// Whether calls are refused, since nothing is written.
    pub(crate) fn is_stalled(&self) -> bool {
        self.0.is_stalled()
    }

    /// Nobody waits for the writer any more.
    pub(crate) fn give_up(&self) {
        self.0.give_up();
    }
}
