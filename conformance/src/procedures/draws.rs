//! Numbers of requests by chance, beside what the reference answers.

use futures_util::future::join_all;
use tokio::time::sleep;

use crate::case::{Code, Expect, Profile};
use crate::check::{CheckError, CheckResult};
use crate::client::Answer;
use crate::draws::Drawn;
use crate::judge::{self, Expected};
use crate::procedures::Context;
use crate::procedures::answers::after;
use crate::procedures::chance::by_seed;
use crate::procedures::in_time::in_time;
use crate::procedures::limits::hint::delay;
use crate::procedures::session::Session;

/// Requests that are under way at once: a server may take those of one for those of
/// another.
const AT_ONCE: usize = 3;
/// Calls of one request, where a limit of calls a second refuses some.
const TRIES: usize = 20;

/// `RunSimulation`.
pub(super) async fn simulation(context: &Context<'_>) -> CheckResult {
    check(context, "mfn.MFNSimulationService/RunSimulation", &["field"]).await
}

/// `StreamSimulation`.
pub(super) async fn simulation_frames(context: &Context<'_>) -> CheckResult {
    let newer = ["pot_min_mV", "pot_max_mV", "pot_std_mV", "is_final", "field"];
    check(context, "mfn.MFNSimulationService/StreamSimulation", &newer).await
}

/// `ExtractFeatures`.
pub(super) async fn features(context: &Context<'_>) -> CheckResult {
    check(context, "mfn.MFNFeaturesService/ExtractFeatures", &[]).await
}

/// `StreamFeatures`.
pub(super) async fn feature_frames(context: &Context<'_>) -> CheckResult {
    let newer = [
        "lacunarity",
        "hurst_exponent",
        "spectral_energy_std",
        "edge_density",
        "clustering_coefficient",
        "is_final",
    ];
    check(context, "mfn.MFNFeaturesService/StreamFeatures", &newer).await
}

/// `ValidatePattern`.
pub(super) async fn validation(context: &Context<'_>) -> CheckResult {
    check(context, "mfn.MFNValidationService/ValidatePattern", &[]).await
}

/// Tries every request, and tells the first that fails and how many do. The older
/// proto has not the fields `newer`, and a server of it can be right in all others, as
/// the profile `numeric` asks.
async fn check(context: &Context<'_>, method: &str, newer: &[&str]) -> CheckResult {
    let unchecked = if context.profile == Profile::Exact { &[] } else { newer };
    let expect = Expect {
        unchecked: unchecked.iter().map(|name| (*name).to_owned()).collect(),
        ..Expect::default()
    };
    // Drawing may take long, and a server may close a connection without calls.
    let drawn = context.draws.of(method).await;
    let session = context.session().await?;
    let (mut failed, mut first) = (0, None);
    for some in drawn.chunks(AT_ONCE) {
        let asked = some.iter().map(|one| in_time(context.timeout, answered(&session, one)));
        let answers = join_all(asked).await;
        for (one, answer) in some.iter().zip(answers) {
            let answer = answer.map_err(|error| told(context, one, error))?;
            let golden = Some(&one.answer);
            let expected = Expected { expect: &expect, profile: context.profile, golden };
            if let Err(error) = judge::judge(&expected, &answer) {
                failed += 1;
                first.get_or_insert_with(|| told(context, one, error));
            }
        }
    }
    let count = drawn.len();
    first.map_or(Ok(()), |error| Err(after(&format!("{failed} of {count} requests failed"), error)))
}

/// The answer, when no limit of calls a second is in the way.
async fn answered(session: &Session<'_>, drawn: &Drawn) -> CheckResult<Answer> {
    let mut answer = session.call(&drawn.call).await?.answer;
    for _ in 1..TRIES {
        let is_refused =
            answer.status().is_some_and(|status| status.code == Code::ResourceExhausted);
        if !is_refused {
            break;
        }
        let Ok(delay) = delay(&answer) else { break };
        sleep(delay).await;
        answer = session.call(&drawn.call).await?.answer;
    }
    Ok(answer)
}

/// With the request, and what makes the same choices again.
fn told(context: &Context<'_>, drawn: &Drawn, error: CheckError) -> CheckError {
    by_seed(context.draws.seed(), error).of(&drawn.call)
}
