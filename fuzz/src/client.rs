//! A server that answers the SDK as it likes, in time that only the script moves.
//!
//! Whatever it sends, each call has a result or an error within its deadline; it has a result only
//! if the server said so, and no more than the server sent; an error is told by one of the
//! servers, after no more attempts than may be, and without the key; and once the client and the
//! connections are gone nothing of it is left.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::StreamExt as _;
use mfn_client::fuzzing::client_over;
use mfn_client::{
    Client, Error, FeatureRequest, FeatureStreamRequest, Retry, SimulationRequest,
    SimulationStreamRequest, ValidationRequest,
};
use prost::Message;
use tokio::runtime::{Builder, Handle};
use tokio::time::{Instant, sleep, timeout};

use self::server::{Script, Shared, locked, open};
use crate::input::Input;

mod server;
#[cfg(test)]
mod tests;

/// The bit of the first byte by which no connection waits for a call.
const IS_IMPATIENT: u8 = 0x80;
/// What a timer rounds.
const TICK: Duration = Duration::from_millis(2);
/// After so long nothing is left of a client and of connections that are gone.
const FOR_EVER: Duration = Duration::from_hours(1);
const KEY: &str = "s3cr3t-c4n4ry";
const ENDPOINTS: [&str; 2] = ["http://first:1", "http://second:1"];
const METHODS: u8 = 5;

/// The first byte says how many servers there are, how often a call is tried, how many are made,
/// and whether connections wait for one; the second how long they may take; there is one for each
/// call; and the rest is the script.
pub fn check(data: &[u8]) {
    let mut input = Input::new(data);
    let (first, times) = (input.byte(), input.byte());
    let servers = usize::from(first & 1) + 1;
    let retries = u32::from(first >> 1 & 3);
    let calls: Vec<_> = (0..=(first >> 3 & 3)).map(|_| input.byte()).collect();
    let limit = Duration::from_millis(1 << (times % 16));
    let of_attempt = (times >= 128).then(|| limit / 4);
    let script = Script::new(input.rest(), first & IS_IMPATIENT == 0);
    let script = Arc::new(Mutex::new(script));
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
    let runtime = runtime.expect("it needs nothing of the system");
    // What of a wait is waited for is left to chance, which is the same each time here.
    fastrand::seed(1);
    runtime.block_on(async {
        let mut builder = Client::builder(ENDPOINTS[0]).api_key(KEY).timeout(limit);
        builder = builder.retry(Retry { max_retries: retries, ..Retry::default() });
        builder = builder.attempt_timeout(of_attempt.filter(|limit| !limit.is_zero()));
        if servers == 2 {
            builder = builder.endpoint(ENDPOINTS[1]);
        }
        let of_servers = Arc::clone(&script);
        let client = client_over(builder, move || open(&of_servers)).expect("it can be built");
        let asking: Vec<_> = calls
            .into_iter()
            .map(|call| {
                let (client, script) = (client.clone(), Arc::clone(&script));
                tokio::spawn(async move { ask(&client, call, limit, retries, &script).await })
            })
            .collect();
        drop(client);
        for asked in asking {
            asked.await.expect("no call panics");
        }
        sleep(FOR_EVER).await;
        // The transport keeps a connection for calls that its server let nobody begin, even if
        // all were given up, until that ends.
        locked(&script).end_connections();
        sleep(FOR_EVER).await;
        assert_eq!(Handle::current().metrics().num_alive_tasks(), 0, "tasks are left");
    });
}

/// Makes a call, and looks at what comes of it.
async fn ask(client: &Client, call: u8, limit: Duration, retries: u32, script: &Shared) {
    // Some come late, and find a connection that is there.
    sleep(Duration::from_millis(if call < 128 { 0 } else { 1 << (call / METHODS % 12) })).await;
    let since = Instant::now();
    let made = timeout(FOR_EVER, make(client, call % METHODS)).await;
    let result = made.expect("a call hangs");
    let took = since.elapsed();
    assert!(took <= limit + TICK, "a call took {took:?} of {limit:?}");
    match result {
        Ok(lengths) => locked(script).check_result(&lengths),
        Err(error) => check_error(&error, retries, &format!("{error} {error:?} {client:?}")),
    }
}

/// What is `told` of an error and its client has not the key.
fn check_error(error: &Error, retries: u32, told: &str) {
    assert!((1..=retries + 1).contains(&error.attempts()), "so many attempts: {error:?}");
    assert!(ENDPOINTS.contains(&error.endpoint()), "another endpoint: {error:?}");
    assert!(!error.message().is_empty(), "no message: {error:?}");
    assert!(!told.contains(KEY), "the key is in {told}");
}

/// The lengths of what is answered.
async fn make(client: &Client, method: u8) -> Result<Vec<usize>, Error> {
    let one = |length| vec![length];
    match method {
        0 => {
            let answer = client.run_simulation(SimulationRequest::default()).await;
            answer.map(|it| one(it.encoded_len()))
        }
        1 => all(client.stream_simulation(SimulationStreamRequest::default())).await,
        2 => {
            let answer = client.extract_features(FeatureRequest::default()).await;
            answer.map(|it| one(it.encoded_len()))
        }
        3 => all(client.stream_features(FeatureStreamRequest::default())).await,
        _ => {
            let answer = client.validate_pattern(ValidationRequest::default()).await;
            answer.map(|it| one(it.encoded_len()))
        }
    }
}

async fn all<M: Message>(
    mut frames: impl futures_util::Stream<Item = Result<M, Error>> + Unpin,
) -> Result<Vec<usize>, Error> {
    let mut lengths = Vec::new();
    while let Some(frame) = frames.next().await {
        lengths.push(frame?.encoded_len());
    }
    assert!(frames.next().await.is_none(), "a stream goes on after its end");
    Ok(lengths)
}
