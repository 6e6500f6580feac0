//! Any schedule of calls at three servers, against what `mfn-access` would admit if one
//! server had them all.

use std::time::Duration;

use mfn_access::concurrency::{ConcurrencyLimit, ConcurrencyPermit};
use mfn_access::rate::SlidingWindow;
use mfn_access::shared::SharedPermit;
use proptest::collection::vec;
use proptest::prelude::*;
use tokio::time::{Instant, sleep};

use super::model::{Decision, Model, call, decision, server};

/// What happens next.
#[derive(Clone, Copy, Debug)]
pub(super) enum Event {
    /// A call at this server.
    Call(usize),
    /// The end of one of the open calls.
    End(usize),
    /// So many milliseconds pass.
    Pause(u64),
}

pub(super) const SERVERS: usize = 3;

pub(super) fn schedule() -> impl Strategy<Value = (u32, u32, Vec<Event>)> {
    let event = prop_oneof![
        6 => (0..SERVERS).prop_map(Event::Call),
        3 => any::<usize>().prop_map(Event::End),
        2 => prop_oneof![Just(1), 0..100_u64, 400..500_u64, 999..1002_u64].prop_map(Event::Pause),
    ];
    (1..12_u32, 1..6_u32, vec(event, 1..150))
}

/// One server that has all calls.
pub(super) struct Single {
    rps: u32,
    concurrent: u32,
    window: SlidingWindow,
    concurrency: std::sync::Arc<ConcurrencyLimit>,
}

impl Single {
    pub(super) fn new(rps: u32, concurrent: u32) -> Self {
        let concurrency = std::sync::Arc::new(ConcurrencyLimit::new(concurrent));
        Self { rps, concurrent, window: SlidingWindow::new(rps), concurrency }
    }

    /// What it says of a call at `now`, as `layers/limits` of the server does it.
    pub(super) fn admit(&mut self, now: Duration) -> (Decision, Option<ConcurrencyPermit>) {
        let Ok(permit) = ConcurrencyLimit::acquire(&self.concurrency) else {
            return (Decision::ConcurrencyExceeded, None);
        };
        match self.window.admit(now) {
            Ok(()) => (Decision::Admitted, Some(permit)),
            Err(exceeded) => (Decision::RateExceeded(exceeded.wait), None),
        }
    }
}

async fn agrees((rps, concurrent, events): (u32, u32, Vec<Event>)) -> Result<(), TestCaseError> {
    let model = Model::default();
    let servers = [server(&model).await, server(&model).await, server(&model).await];
    let mut single = Single::new(rps, concurrent);
    let mut open: Vec<(SharedPermit, ConcurrencyPermit)> = Vec::new();
    let start = Instant::now();
    for (number, event) in events.into_iter().enumerate() {
        match event {
            Event::Pause(ms) => sleep(Duration::from_millis(ms)).await,
            Event::End(which) if !open.is_empty() => {
                drop(open.swap_remove(which % open.len()));
                // Until the store knows.
                sleep(Duration::from_millis(1)).await;
            }
            Event::End(_) => {}
            Event::Call(which) => {
                let mut permits = Vec::new();
                let question = call("lab", single.rps, single.concurrent);
                let said = decision(&servers[which], question, &mut permits).await;
                let (expected, permit) = single.admit(start.elapsed());
                prop_assert_eq!(said, expected, "event {}", number);
                open.extend(permits.pop().zip(permit));
            }
        }
    }
    prop_assert_eq!(model.open("lab"), open.len());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    // shows MFN-REPLICA-001, MFN-REPLICA-002
    #[test]
    fn three_servers_admit_what_one_would(schedule in schedule()) {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        let runtime = builder.enable_time().start_paused(true).build().expect("a runtime");
        runtime.block_on(agrees(schedule))?;
    }
}
