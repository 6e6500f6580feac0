//! Minutes or hours of mixed load on two servers, one in plaintext and one with TLS, which are
//! looked after meanwhile; at the end the sums of callers, audit and metrics must agree, and
//! memory, descriptors and threads must be what they were.
//!
//! - [`options`]: the command line;
//! - [`run`]: the whole of it;
//! - [`traffic`]: an open loop of calls, which [`mix`] chooses and [`requests`] fills;
//! - [`call`]: how each kind of call is made;
//! - [`upkeep`]: keys, certificates and files of the audit that are replaced meanwhile;
//! - [`watch`]: memory, descriptors and threads, second by second;
//! - [`ledger`]: what callers have seen;
//! - [`report`]: the table at the end, and whether all of it agrees.
#![forbid(unsafe_code)]

mod call;
mod ledger;
mod mix;
mod options;
mod report;
mod requests;
mod run;
mod traffic;
mod upkeep;
mod watch;

use std::process::ExitCode;

use clap::Parser as _;

/// What a run ends with that has found something.
const DISAGREES: u8 = 1;
/// What a run ends with that could not be made.
const COULD_NOT_RUN: u8 = 2;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let options = options::Options::parse();
    match run::run(&options).await {
        Ok(faults) if faults.is_empty() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::from(DISAGREES),
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::from(COULD_NOT_RUN)
        }
    }
}
