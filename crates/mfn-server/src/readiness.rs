//! Whether the server takes calls, and why if it does not: the one place that
//! health and `/readyz` follow.

use tokio::sync::watch;

/// What health and readiness tell. The server is not well before it serves, while
/// it ends, nor while it cannot record calls.
#[derive(Debug)]
pub(crate) struct Readiness {
    state: watch::Sender<State>,
}

/// Whether calls are taken, or why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// The server has not begun to accept connections.
    Starting,
    /// Calls are taken.
    Ready,
    /// The audit takes nothing, so calls are refused.
    AuditStalled,
    /// The server has been told to end.
    ShuttingDown,
}

impl State {
    /// Whether calls are taken.
    pub(crate) fn is_ready(self) -> bool {
        self == Self::Ready
    }

    /// The state as an operator reads it.
    pub(crate) fn description(self) -> &'static str {
        match self {
            Self::Starting => "not ready: the server is starting",
            Self::Ready => "ready",
            Self::AuditStalled => "not ready: the audit log takes nothing, so calls are refused",
            Self::ShuttingDown => "not ready: the server is shutting down",
        }
    }
}

impl Readiness {
    /// A server that is starting, and what those follow who tell of it.
    pub(crate) fn new() -> (Self, watch::Receiver<State>) {
        let (state, follows) = watch::channel(State::Starting);
        (Self { state }, follows)
    }

    /// From now on calls are taken, unless the server has been told to end already.
    pub(crate) fn begin(&self) {
        self.audit_is_stalled(false);
    }

    /// From now on no further calls are to be sent, and soon none are taken.
    pub(crate) fn end(&self) {
        self.state.send_replace(State::ShuttingDown);
    }

    /// Calls cannot be recorded, or can again.
    pub(crate) fn audit_is_stalled(&self, is_stalled: bool) {
        let told = if is_stalled { State::AuditStalled } else { State::Ready };
        // In one step with `end`, which may be called at the same time and is final.
        self.state.send_if_modified(|state| {
            let is_new = *state != State::ShuttingDown && *state != told;
            if is_new {
                *state = told;
            }
            is_new
        });
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::thread;

    use super::*;

    // shows MFN-LIFE-010
    #[test]
    fn a_server_that_ends_is_not_well_again_when_its_audit_is() {
        let (readiness, state) = Readiness::new();
        readiness.begin();
        let changes = [false, true].map(|is_stalled| {
            readiness.audit_is_stalled(!is_stalled);
            state.borrow().is_ready()
        });
        assert_eq!(changes, [false, true]);
        readiness.end();
        readiness.audit_is_stalled(false);
        assert_eq!(*state.borrow(), State::ShuttingDown);
    }

    // shows MFN-LIFE-010
    #[test]
    fn a_server_that_is_told_to_end_while_its_audit_recovers_is_not_ready_again() {
        for round in 0..1000 {
            let (readiness, state) = Readiness::new();
            let both_begin = Barrier::new(2);
            thread::scope(|scope| {
                scope.spawn(|| {
                    both_begin.wait();
                    readiness.audit_is_stalled(false);
                });
                both_begin.wait();
                readiness.end();
            });
            assert_eq!(*state.borrow(), State::ShuttingDown, "round {round}");
        }
    }

    #[test]
    fn a_server_is_not_ready_before_it_begins() {
        let (readiness, state) = Readiness::new();
        assert_eq!(*state.borrow(), State::Starting);
        readiness.begin();
        assert!(state.borrow().is_ready());
    }
}
