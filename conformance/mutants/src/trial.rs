//! Runs the suite against each mutant.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::time::Duration;

use conformance::draws::{DEFAULT_COUNT, Draws};
use conformance::run::{KnownFailing, Run, Test};
use conformance::server::Spawn;
use conformance::servers::{Servers, Target};
use futures_util::{StreamExt as _, stream};

use super::matrix::{Finding, Matrix, Row, is_related, judge};
use super::mutant::{Mutant, VARIABLE};

/// Mutants that are tried at once: most of what takes long is waiting.
const MUTANTS_AT_ONCE: usize = 3;
/// How many times a doubtful result is tried again. A real fault shows every time; load on the
/// machine does not.
const TRIES_ALONE: usize = 2;
/// A server on this machine that has not answered by then does not. Procedures wait
/// half of it for a handshake that is not made, which a set-up ends after two seconds.
const TIMEOUT: Duration = Duration::from_secs(8);
/// It listens at once, also on a machine that is busy.
const START_WITHIN: Duration = Duration::from_secs(20);
/// Each mutant gets the same requests by chance, so that the reference is asked once
/// and a mutant that was caught is caught again.
const SEED: u64 = 1;

/// What has been tried.
#[derive(Clone, Copy, Debug)]
pub enum Tried<'a> {
    /// A mutant, for the first time.
    Once(&'a Mutant),
    /// A doubtful one, alone: what it was doubtful for.
    Again(&'a Row),
}

/// Tries every one of `mutants`, which `program` can be, with `tests`, and tells
/// `progress` of each that has been tried, and of each again that was doubtful.
///
/// Of the tests, those are run that can tell something of a mutant: the ones that
/// show what it breaks, and single calls that have nothing to do with it.
/// What failed without being related, and mutants that survived, are tried again
/// alone: several at once, and whatever else the machine does, disturb each other.
///
/// # Errors
/// Files for the servers cannot be written.
pub async fn try_all(
    program: &Path,
    mutants: &[Mutant],
    tests: &[Test],
    progress: impl Fn(Tried<'_>),
) -> io::Result<Matrix> {
    let (mut findings, draws) = (BTreeMap::new(), &Draws::new(SEED, DEFAULT_COUNT));
    let mut tried = stream::iter(mutants)
        .map(|mutant| async move {
            (mutant, try_one(program, mutant, draws, &chosen(mutant, tests)).await)
        })
        .buffer_unordered(MUTANTS_AT_ONCE);
    while let Some((mutant, found)) = tried.next().await {
        progress(Tried::Once(mutant));
        findings.insert(mutant.id.clone(), found?);
    }
    for _ in 0..TRIES_ALONE {
        let doubtful = judge(mutants, &findings).mutants;
        for (row, mutant) in doubtful.iter().zip(mutants).filter(|(row, _)| row.is_doubtful()) {
            let again: Vec<_> = chosen(mutant, tests)
                .into_iter()
                .filter(|test| row.survived() || row.unrelated.contains(&test.case.id))
                .collect();
            let found = try_one(program, mutant, draws, &again).await?;
            progress(Tried::Again(row));
            let all = findings.entry(mutant.id.clone()).or_default();
            all.retain(|old| !found.iter().any(|new| new.test == old.test));
            all.extend(found);
        }
    }
    Ok(judge(mutants, &findings))
}

/// The names of the `tests` that a program fails which is no mutant, and fails again without the
/// others. Tells `doubtful` the names of those that it failed at first.
///
/// # Errors
/// Files for the servers cannot be written.
pub async fn try_unchanged(
    program: &Path,
    tests: &[Test],
    doubtful: impl Fn(&str),
) -> io::Result<Vec<String>> {
    let draws = Draws::new(SEED, DEFAULT_COUNT);
    let fails = |finding: &Finding| finding.verdict.fails_the_run();
    let found = run(program, Vec::new(), &draws, tests).await?;
    let failed = found.iter().zip(tests).filter(|(finding, _)| fails(finding));
    let failed: Vec<_> = failed.map(|(_, test)| test.clone()).collect();
    if failed.is_empty() {
        return Ok(Vec::new());
    }
    for test in &failed {
        doubtful(&test.name);
    }
    let again = run(program, Vec::new(), &draws, &failed).await?;
    Ok(again.into_iter().filter(fails).map(|finding| finding.test).collect())
}

async fn try_one(
    program: &Path,
    mutant: &Mutant,
    draws: &Draws,
    tests: &[Test],
) -> io::Result<Vec<Finding>> {
    run(program, vec![(VARIABLE.to_owned(), mutant.id.clone())], draws, tests).await
}

async fn run(
    program: &Path,
    variables: Vec<(String, String)>,
    draws: &Draws,
    tests: &[Test],
) -> io::Result<Vec<Finding>> {
    let command = vec![program.display().to_string(), "serve".to_owned()];
    let target = Target::Spawn(Spawn { variables, ..Spawn::new(command, START_WITHIN) });
    let servers = Servers::new(target, TIMEOUT)?;
    // What is doubtful is tried again below.
    let run = Run::new(servers, TIMEOUT, KnownFailing::default())
        .with_draws(draws.clone())
        .without_second_tries();
    let report = tokio::select! {
        report = run.report(tests, |_| {}) => report,
        _ = run.end_with_a_signal() => return Err(io::Error::from(io::ErrorKind::Interrupted)),
    };
    let findings = report.results.into_iter().zip(tests).map(|(record, test)| Finding {
        test: record.name,
        case: record.case,
        shows: test.case.shows.clone(),
        rests_on: test.rests_on.clone(),
        verdict: record.outcome.verdict,
    });
    Ok(findings.collect())
}

/// The tests that are tried with a mutant.
fn chosen(mutant: &Mutant, tests: &[Test]) -> Vec<Test> {
    let tells = |test: &&Test| {
        test.case.shows.contains(&mutant.breaks)
            || (test.case.procedure.is_none()
                && !is_related(mutant, &test.case.shows, &test.rests_on))
    };
    tests.iter().filter(tells).cloned().collect()
}
