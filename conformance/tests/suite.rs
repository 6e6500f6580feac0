//! `cargo test -p conformance`: each case as a test of its own, against the
//! reference, or against the server that `MFN_CONFORMANCE_TARGET` or
//! `MFN_CONFORMANCE_SPAWN` names.
#![forbid(unsafe_code)]

use std::env;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::{Parser, error};
use conformance::options::Options;
use conformance::report::Colour;
use conformance::run::{Run, Test, all_tests};
use conformance::server::Spawn;
use conformance::servers::{Servers, Target};
use conformance::verdict::{Outcome, Verdict};
use libtest_mimic::{Arguments, Completion, Failed, Trial};
use tokio::runtime::Runtime;

/// Makes this process the reference server, `mfn serve`.
const SERVE: &str = "CONFORMANCE_SERVE";
/// The reference listens at once, also on a machine that is busy.
const START_WITHIN: Duration = Duration::from_secs(30);

#[derive(Parser)]
struct Variables {
    #[command(flatten)]
    options: Options,
}

fn main() -> ExitCode {
    if env::var_os(SERVE).is_some() {
        return mfn::main();
    }
    let mut arguments = Arguments::from_args();
    match trials(&mut arguments) {
        // The servers end with the trials.
        Ok(trials) => libtest_mimic::run(&arguments, trials).exit_code(),
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

fn trials(arguments: &mut Arguments) -> Result<Vec<Trial>, String> {
    let variables =
        Variables::try_parse_from(["suite"]).map_err(|error: error::Error| error.to_string())?;
    let options = variables.options;
    let target = match options.target()? {
        Some(target) => target,
        None => reference(&options)?,
    };
    let timeout = options.timeout();
    let servers = Servers::new(target, timeout).map_err(|error| error.to_string())?;
    let known_failing = options.known_failing()?;
    let runtime = Arc::new(Runtime::new().map_err(|error| error.to_string())?);
    let selection = options.selection();
    let mut tests = all_tests().map_err(|error| error.to_string())?;
    tests.retain(|test| selection.has(test));
    if let Some(fault) = known_failing.unmatched(&tests).first() {
        return Err(fault.clone());
    }
    let jobs = *arguments.test_threads.get_or_insert(options.jobs());
    let run = Run::new(servers, timeout, known_failing).with_jobs(jobs);
    let run = Arc::new(run.with_draws(options.draws()));
    if !arguments.list {
        let ready = runtime.block_on(run.ready(options.ready_within()));
        ready.map_err(|why| format!("nothing can be tested: {why}"))?;
    }
    let stopped = Arc::clone(&run);
    runtime.spawn(async move {
        stopped.end_with_a_signal().await.ok();
        // As a shell has it for Ctrl-C.
        std::process::exit(130);
    });
    Ok(tests.into_iter().map(|test| trial(test, Arc::clone(&run), Arc::clone(&runtime))).collect())
}

/// This process, as a server.
fn reference(options: &Options) -> Result<Target, String> {
    let program = env::current_exe().map_err(|error| error.to_string())?;
    let command = vec![program.display().to_string(), "serve".to_owned()];
    let variables = vec![(SERVE.to_owned(), "1".to_owned())];
    let spawn = Spawn { variables, ..Spawn::new(command, START_WITHIN) };
    options.spawning(spawn).map(Target::Spawn)
}

fn trial(test: Test, run: Arc<Run>, runtime: Arc<Runtime>) -> Trial {
    Trial::ignorable_test(test.name.clone(), move || {
        let record = runtime.block_on(run.record(&test));
        let Outcome { verdict, reason, .. } = &record.outcome;
        if verdict.fails_the_run() {
            return Err(Failed::from(record.in_full(Colour::Off)));
        }
        // What did not pass is never green.
        Ok(match verdict {
            Verdict::Pass => Completion::Completed,
            _ => Completion::ignored_with(format!(
                "{}: {}",
                verdict.name(),
                reason.as_deref().unwrap_or("")
            )),
        })
    })
}
