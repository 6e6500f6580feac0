//! `mfn serve`: the gRPC server.

mod flags;
mod stop_signal;
mod variables;

use std::io::{self, IsTerminal as _, Write as _};
use std::net::SocketAddr;

use clap::Args;
use mfn_server::{BindError, Config, Server, TlsError, TlsFile};
use tokio::runtime::Builder;
use tokio::sync::oneshot;
use tracing_subscriber::EnvFilter;

use crate::failure::Failure;
use crate::settings::Setting;
use flags::Flags;
use stop_signal::StopSignal;

/// Answer gRPC calls until Ctrl-C or SIGTERM
#[derive(Debug, Args)]
#[command(after_help = "\
Each setting is a flag, or else the variable beside it, or else its default. Prints one line with
its address when it is ready. Calls need no key. On Ctrl-C or SIGTERM it takes no more connections,
gives the open calls --shutdown-grace-ms, and ends with the exit code 0; a second one abandons the
open calls. It logs to standard error.

Examples:
  mfn serve
  mfn serve --host :: --port 8080
  mfn serve --tls-enabled --tls-cert-path server.pem --tls-key-path server.key
  MFN_LOG=debug mfn serve --print-config")]
pub(crate) struct Serve {
    #[command(flatten)]
    flags: Flags,

    /// Print the settings that would apply and where each is from, and end
    #[arg(long)]
    print_config: bool,
}

impl Serve {
    /// Serves, or prints the `settings` that this was read from.
    pub(crate) fn run(self, settings: &[Setting]) -> Result<(), Failure> {
        tracing_subscriber::fmt()
            .with_env_filter(EnvFilter::new(&self.flags.log))
            .with_writer(io::stderr)
            .with_ansi(io::stderr().is_terminal())
            .init();
        variables::warn_of_unknown(settings);
        let config = self.flags.config()?;
        if self.print_config {
            return Ok(variables::print(settings)?);
        }
        if self.flags.has_idle_tls_files() {
            tracing::warn!("files for TLS are given, but MFN_GRPC_TLS_ENABLED is false");
        }
        // It accepts connections and waits for signals; the server has threads of
        // its own for the rest.
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| Failure::work("cannot start", error))?;
        runtime.block_on(serve(config))
    }
}

async fn serve(config: Config) -> Result<(), Failure> {
    let access = access(&config);
    let listens_at = SocketAddr::new(config.host, config.port);
    let server = Server::bind(config).map_err(|error| cannot_bind(listens_at, error))?;
    let address = server.local_addr().map_err(|error| cannot_listen(listens_at, &error))?;
    let mut stop =
        StopSignal::new().map_err(|error| Failure::work("cannot wait for signals", error))?;
    let (shut_down, told) = oneshot::channel();
    let serving = server.serve(async { told.await.unwrap_or(()) });
    announce(address, access)?;

    let stopped_twice = async {
        stop.received().await;
        tracing::info!("finishing the open calls; a second signal abandons them");
        shut_down.send(()).ok();
        stop.received().await;
        tracing::warn!("abandoning the open calls");
    };
    tokio::select! {
        served = serving => served.map_err(|error| Failure::work("the server failed", error)),
        () = stopped_twice => Ok(()),
    }
}

/// How callers get in.
fn access(config: &Config) -> &'static str {
    match &config.tls {
        None => "plaintext, no authentication",
        Some(files) if files.client_roots.is_none() => "TLS, no authentication",
        Some(_) => "TLS with client certificates, no authentication",
    }
}

/// The one line on standard output. Whoever started the server may wait for it.
fn announce(address: SocketAddr, access: &str) -> io::Result<()> {
    let version = env!("CARGO_PKG_VERSION");
    let mut out = io::stdout().lock();
    writeln!(out, "mfn {version} listening on {address} ({access})")?;
    out.flush()
}

fn cannot_bind(address: SocketAddr, error: BindError) -> Failure {
    match error {
        BindError::Listen(error) => cannot_listen(address, &error),
        BindError::Tls(error) => cannot_use(&error),
    }
}

fn cannot_listen(address: SocketAddr, error: &io::Error) -> Failure {
    let what = format!("cannot listen on {address}");
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            Failure::work(what, "another program does; choose another --port, or 0 for any")
        }
        _ => Failure::work(what, error),
    }
}

fn cannot_use(error: &TlsError) -> Failure {
    let setting = match error.file {
        TlsFile::Certificates => "MFN_GRPC_TLS_CERT_PATH (--tls-cert-path)",
        TlsFile::Key => "MFN_GRPC_TLS_KEY_PATH (--tls-key-path)",
        TlsFile::ClientRoots => "MFN_GRPC_TLS_CLIENT_CA_PATH (--tls-client-ca-path)",
    };
    Failure::Usage(format!("{setting} is {error}"))
}
