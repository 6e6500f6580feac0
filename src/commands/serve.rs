//! `mfn serve`: the gRPC server.

use std::io::{self, IsTerminal as _, Write as _};
use std::net::{IpAddr, SocketAddr};

use clap::Args;
use mfn_server::{Config, Server};
use tokio::runtime::Runtime;
#[cfg(unix)]
use tokio::signal::unix::{self, Signal as Interrupt};
#[cfg(windows)]
use tokio::signal::windows::{self, CtrlC as Interrupt};
use tokio::sync::oneshot;
use tracing_subscriber::EnvFilter;

use crate::failure::Failure;

/// Answer gRPC calls until Ctrl-C or SIGTERM
#[derive(Debug, Args)]
#[command(after_help = "\
Prints one line with its address when it is ready. Calls come in plaintext and need no key. On
Ctrl-C or SIGTERM it takes no more connections, finishes the open calls, and ends with the exit
code 0; a second one abandons the open calls. It logs to standard error.

Examples:
  mfn serve
  mfn serve --host :: --port 8080
  MFN_LOG=debug mfn serve")]
pub(crate) struct Serve {
    /// IP address to listen on
    #[arg(long, env = "MFN_GRPC_HOST", hide_env_values = true, value_name = "ADDRESS")]
    #[arg(default_value_t = Config::default().host, value_parser = host)]
    host: IpAddr,

    /// Port to listen on; 0 picks a free one
    #[arg(long, env = "MFN_GRPC_PORT", hide_env_values = true, value_name = "PORT")]
    #[arg(default_value_t = Config::default().port, value_parser = port)]
    port: u16,

    /// Log off, error, warn, info, debug or trace
    #[arg(long, env = "MFN_LOG", hide_env_values = true, value_name = "FILTER")]
    #[arg(default_value = "info", value_parser = log_filter)]
    log: String,
}

impl Serve {
    pub(crate) fn run(self) -> Result<(), Failure> {
        tracing_subscriber::fmt()
            .with_env_filter(EnvFilter::new(&self.log))
            .with_writer(io::stderr)
            .with_ansi(io::stderr().is_terminal())
            .init();
        let runtime =
            Runtime::new().map_err(|error| Failure::work("cannot start threads", error))?;
        runtime.block_on(self.serve())
    }

    async fn serve(self) -> Result<(), Failure> {
        let config = Config { host: self.host, port: self.port };
        let cannot_listen = |error| cannot_listen(&config, &error);
        let server = Server::bind(&config).map_err(cannot_listen)?;
        let address = server.local_addr().map_err(cannot_listen)?;
        let mut stop =
            StopSignal::new().map_err(|error| Failure::work("cannot wait for signals", error))?;
        let (shut_down, told) = oneshot::channel();
        let serving = server.serve(async { told.await.unwrap_or(()) });
        announce(address)?;

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
}

/// The one line on standard output. Whoever started the server may wait for it.
fn announce(address: SocketAddr) -> io::Result<()> {
    let version = env!("CARGO_PKG_VERSION");
    let mut out = io::stdout().lock();
    writeln!(out, "mfn {version} listening on {address} (plaintext, no authentication)")?;
    out.flush()
}

fn cannot_listen(config: &Config, error: &io::Error) -> Failure {
    let address = SocketAddr::new(config.host, config.port);
    let what = format!("cannot listen on {address}");
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            Failure::work(what, "another program does; choose another --port, or 0 for any")
        }
        _ => Failure::work(what, error),
    }
}

/// Ctrl-C, or SIGTERM where there is such a thing.
struct StopSignal {
    interrupt: Interrupt,
    #[cfg(unix)]
    terminate: unix::Signal,
}

impl StopSignal {
    /// From now on neither ends the program by itself.
    #[cfg(unix)]
    fn new() -> io::Result<Self> {
        let interrupt = unix::signal(unix::SignalKind::interrupt())?;
        let terminate = unix::signal(unix::SignalKind::terminate())?;
        Ok(Self { interrupt, terminate })
    }

    /// From now on it does not end the program by itself.
    #[cfg(windows)]
    fn new() -> io::Result<Self> {
        Ok(Self { interrupt: windows::ctrl_c()? })
    }

    #[cfg(unix)]
    async fn received(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }

    #[cfg(windows)]
    async fn received(&mut self) {
        self.interrupt.recv().await;
    }
}

fn host(text: &str) -> Result<IpAddr, &'static str> {
    text.parse().map_err(|_| "an IP address is expected, such as 127.0.0.1 or ::1")
}

fn port(text: &str) -> Result<u16, &'static str> {
    text.parse().map_err(|_| "an integer from 0 to 65535 is expected")
}

fn log_filter(text: &str) -> Result<String, &'static str> {
    let expected = "levels such as info, or info,h2=debug are expected";
    EnvFilter::try_new(text).map_err(|_| expected)?;
    Ok(text.to_owned())
}
