//! `mfn health`: whether a server serves, for what starts it and has no shell. The
//! exit code tells.

mod check;
mod connect;
mod verify;

use std::io::{self, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use tokio::runtime::Builder;
use tokio::time::timeout;

use crate::commands::serve::values::{boolean, host, integer, path};
use crate::failure::Failure;
use check::{CheckError, ServingStatus};
use connect::ConnectError;

const MINUTE_MS: u64 = 60 * 1000;
/// The exit code where the server does not serve, or not yet, or not any more.
const NOT_SERVING: u8 = 1;
/// The exit code where there is no connection to it.
const NOT_CONNECTED: u8 = 3;
/// The exit code where it has not answered what was asked.
const NOT_ANSWERED: u8 = 4;

/// Ask a server whether it serves, and tell by the exit code
#[derive(Debug, Args)]
#[command(after_help = "\
The exit code is 0 if it serves, 1 if it does not, as before its end, 2 if the question is wrong,
3 if it cannot be connected to, and 4 if it does not answer. Health needs no key. Without --target
it asks the server that the same variables would start on this machine, as in a container.

Examples:
  mfn health
  mfn health --target 10.0.0.7:50051 --service mfn.MFNSimulationService
  mfn health --target 10.0.0.7:50051 --tls-enabled --ca ca.pem --server-name mfn.example.com")]
pub(crate) struct Health {
    /// Address and port of the server [default: those of the two variables below]
    #[arg(long, value_name = "ADDRESS:PORT")]
    target: Option<SocketAddr>,

    /// Service to ask for; without it, all of them
    #[arg(long, value_name = "SERVICE", default_value = "", hide_default_value = true)]
    service: String,

    /// Longest time for connection and answer together, in ms
    #[arg(long, value_name = "MS", default_value = "2000", value_parser = integer::<1, MINUTE_MS>)]
    timeout_ms: u64,

    /// Address that the server listens on; one that listens on all is asked on this machine
    #[arg(long, env = "MFN_GRPC_HOST", hide_env_values = true, value_name = "ADDRESS")]
    #[arg(default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST), value_parser = host)]
    host: IpAddr,

    /// Port that it listens on
    #[arg(long, env = "MFN_GRPC_PORT", hide_env_values = true, value_name = "PORT")]
    #[arg(default_value = "50051", value_parser = integer::<1, 65_535>)]
    port: u64,

    /// Speak TLS. A server on this machine may have any certificate, unless --ca is given
    #[arg(long, env = "MFN_GRPC_TLS_ENABLED", hide_env_values = true, value_name = "BOOL")]
    #[arg(num_args = 0..=1, default_missing_value = "true")]
    #[arg(default_value = "false", value_parser = boolean, action = clap::ArgAction::Set)]
    tls_enabled: bool,

    /// PEM file of the authority that the server's certificate has to be of
    #[arg(long, value_name = "FILE", value_parser = path())]
    ca: Option<PathBuf>,

    /// Name that it has to be for [default: the address]
    #[arg(long, value_name = "NAME", requires = "ca")]
    server_name: Option<String>,
}

impl Health {
    /// Asks, and prints the answer.
    pub(crate) fn run(self) -> Result<(), Failure> {
        let target = self.target();
        let tls = self.tls(target)?;
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime =
            runtime.map_err(|error| Failure::work("cannot start the main thread", error))?;
        let asked = async {
            let transport = connect::connect(target, tls).await?;
            Ok(check::check(transport, &self.service).await?)
        };
        let limit = Duration::from_millis(self.timeout_ms);
        let status = runtime.block_on(async { timeout(limit, asked).await });
        let status = status.unwrap_or(Err(HealthError::TimedOut(limit)));
        match status.map_err(|error| error.of(target))? {
            ServingStatus::Serving => Ok(writeln!(io::stdout(), "SERVING")?),
            other => Err(Failure::Coded {
                code: NOT_SERVING,
                message: format!("the server at {target} is {}", other.as_str_name()),
            }),
        }
    }

    fn target(&self) -> SocketAddr {
        let host = match self.host {
            IpAddr::V4(host) if host.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(host) if host.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            host => host,
        };
        self.target.unwrap_or(SocketAddr::new(host, self.port as u16))
    }

    /// How its certificate is verified, if it has one.
    fn tls(&self, target: SocketAddr) -> Result<Option<connect::Tls>, Failure> {
        if !self.tls_enabled {
            return Ok(None);
        }
        let config = match &self.ca {
            Some(ca) => verify::by_authority(ca)?,
            None if target.ip().is_loopback() => verify::by_nobody(),
            None => {
                return Err(Failure::Usage(format!(
                    "{target} is another machine, so --ca must name the authority of its certificate"
                )));
            }
        };
        let name = self.server_name.clone().unwrap_or_else(|| target.ip().to_string());
        let name = name.try_into().map_err(|_| {
            Failure::Usage("--server-name is neither a name nor an address".to_owned())
        })?;
        Ok(Some(connect::Tls { config, name }))
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
    fn of(self, target: SocketAddr) -> Failure {
        let code = match self {
            Self::Connect(_) => NOT_CONNECTED,
            Self::Check(_) | Self::TimedOut(_) => NOT_ANSWERED,
        };
        Failure::Coded { code, message: format!("the health of {target} is not known: {self}") }
    }
}
