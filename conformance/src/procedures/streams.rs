//! When frames come.

use std::time::Instant;

use serde_json::json;

use crate::case::Call;
use crate::check::{CheckError, CheckResult};
use crate::client::Answer;
use crate::procedures::Context;
use crate::procedures::answers::is_ok;
use crate::procedures::calls::{STREAM, call};

/// Frames of one stream, each of which is the same work.
const FRAMES: usize = 10;
/// Edges of the lattices that are tried one after the other. What takes a fast server a
/// moment tells nothing on a busy machine, and a slow server need not take long.
const GRIDS: [i64; 5] = [32, 64, 128, 256, 512];
/// Steps of each.
const STEPS: i64 = 1000;

/// Of a stream of ten frames the first comes before half of the time to the last has
/// passed: that of one of some streams, since a reader may be late.
pub(super) async fn frames_come_when_computed(context: &Context<'_>) -> CheckResult {
    let session = context.session().await?;
    let mut told = Vec::new();
    for grid in GRIDS {
        let sent = Instant::now();
        let answer = session.answer(&ten_frames(grid)).await?;
        is_ok(&answer)?;
        match first_and_last(&answer) {
            Some((first, last)) if (first - sent) * 2 < last - sent => return Ok(()),
            Some((first, last)) => told.push(format!(
                "with {grid} cells along an edge, the first frame after {:.1} ms and the last after \
                 {:.1} ms",
                (first - sent).as_secs_f64() * 1000.0,
                (last - sent).as_secs_f64() * 1000.0
            )),
            None => {
                let count = answer.messages.len();
                return Err(CheckError::different(format!("{FRAMES} frames"), count.to_string()));
            }
        }
    }
    let expected = "a first frame of ten well before the last".to_owned();
    Err(CheckError::Different { expected: vec![expected], actual: told })
}

fn ten_frames(grid: i64) -> Call {
    let interval = STEPS / FRAMES as i64;
    call(STREAM, &json!({ "grid_size": grid, "steps": STEPS, "stream_interval": interval }))
}

fn first_and_last(answer: &Answer) -> Option<(Instant, Instant)> {
    match answer.messages.as_slice() {
        all @ [first, .., last] if all.len() == FRAMES => Some((first.at, last.at)),
        _ => None,
    }
}
