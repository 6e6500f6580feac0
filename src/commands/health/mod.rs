//! `mfn health`: whether a server serves, for what starts it and has no shell. The
//! exit code tells.

mod any_certificate;
mod check;
mod connect;
mod target;
mod tls;

use std::io::{self, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use clap::Args;
use tokio::time::timeout;

use crate::commands::runtime;
use crate::commands::serve::values::{host, integer};
use crate::failure::Failure;
use crate::settings::{Settings, Source};
use check::{CheckError, ServingStatus};
use connect::ConnectError;
use target::Target;
use tls::TlsFlags;

const MINUTE_MS: u64 = 60 * 1000;
/// The exit code where the server does not serve, or not yet, or not any more.
const NOT_SERVING: u8 = 1;
/// The exit code where there is no connection to it.
const NOT_CONNECTED: u8 = 3;
/// The exit code where it has not answered what was asked.
const NOT_ANSWERED: u8 = 4;
/// What to add where a server ended a connection without TLS, or answered what is no HTTP/2.
const HINT_OF_PLAINTEXT: &str = "; if it speaks TLS, ask it by https://";

/// Ask a server whether it serves, and tell by the exit code
#[derive(Debug, Args)]
#[command(after_help = "\
The exit code is 0 if it serves, 1 if it does not, as before its end, 2 if the question is wrong,
3 if it cannot be connected to, and 4 if it does not answer, or knows no such service. Health needs
no key. Without --target it asks the server that the same variables would start on this machine, as
in a container.

Examples:
  mfn health
  mfn health --target localhost:50051 --service mfn.MFNSimulationService
  mfn health --target https://mfn.example.com:50051 --ca ca.pem")]
pub(crate) struct Health {
    /// Server to ask: HOST:PORT, http://HOST:PORT or https://HOST:PORT
    /// [default: that of the two variables below]
    #[arg(long, value_name = "URL")]
    target: Option<Target>,

    /// Service to ask for; without it, all of them
    #[arg(long, value_name = "SERVICE", default_value = "", hide_default_value = true)]
    service: String,

    /// Longest time for connection and answer together, in ms
    #[arg(long, value_name = "MS", default_value = "2000", value_parser = integer::<1, MINUTE_MS>)]
    timeout_ms: u64,

    /// Address that the server listens on; one that listens on all is asked on this machine
    #[arg(long, env = HOST, hide_env_values = true, value_name = "ADDRESS")]
    #[arg(default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST), value_parser = host)]
    host: IpAddr,

    /// Port that it listens on
    #[arg(long, env = PORT, hide_env_values = true, value_name = "PORT")]
    #[arg(default_value = "50051", value_parser = integer::<1, 65_535>)]
    port: u64,

    #[command(flatten)]
    tls: TlsFlags,
}

const HOST: &str = "MFN_GRPC_HOST";
const PORT: &str = "MFN_GRPC_PORT";

impl Health {
    /// Asks, and prints the answer. The `settings` are those that this was read from.
    pub(crate) fn run(self, settings: &Settings) -> Result<(), Failure> {
        let target = self.target(settings)?;
        let tls = self.tls.with(&target)?;
        let hint = if tls.is_some() { self.tls.hint() } else { HINT_OF_PLAINTEXT };
        let asked = async {
            let transport = connect::connect(&target, tls).await?;
            Ok(check::check(transport, &self.service).await?)
        };
        let limit = Duration::from_millis(self.timeout_ms);
        let runtime = runtime()?;
        let status = runtime.block_on(async { timeout(limit, asked).await });
        // The name of the server may still be looked up.
        runtime.shutdown_background();
        let status = status.unwrap_or(Err(HealthError::TimedOut(limit)));
        match status.map_err(|error| error.of(&target, hint))? {
            ServingStatus::Serving => Ok(writeln!(io::stdout(), "SERVING")?),
            other => Err(Failure::Coded {
                code: NOT_SERVING,
                message: format!("the server at {target} is {}", other.as_str_name()),
            }),
        }
    }

    fn target(&self, settings: &Settings) -> Result<Target, Failure> {
        if let Some(target) = &self.target {
            for variable in [HOST, PORT] {
                if settings.source(variable) == Source::Flag {
                    let flag = settings.given_by(variable);
                    let message = format!("{flag} has no use beside --target, which names both");
                    return Err(Failure::Usage(message));
                }
            }
            return Ok(target.clone());
        }
        let host = match self.host {
            IpAddr::V4(host) if host.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(host) if host.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            host => host,
        };
        Ok(Target::new(host, self.port as u16))
    }
}

/// Why nobody knows whether the server serves.
#[derive(Debug, thiserror::Error)]
enum HealthError {
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error(transparent)]
    Check(#[from] CheckError),
    #[error("it has not answered within {} ms", .0.as_millis())]
    TimedOut(Duration),
}

impl HealthError {
    /// As it is told of `target`; the `hint` is for a connection that broke.
    fn of(self, target: &Target, hint: &str) -> Failure {
        let code = match self {
            Self::Connect(_) => NOT_CONNECTED,
            Self::Check(_) | Self::TimedOut(_) => NOT_ANSWERED,
        };
        let is_broken = matches!(self, Self::Check(CheckError::Http2(_) | CheckError::Closed));
        let hint = if is_broken { hint } else { "" };
        Failure::Coded {
            code,
            message: format!("the health of {target} is not known: {self}{hint}"),
        }
    }
}
