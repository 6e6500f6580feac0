//! `mfn serve`: the gRPC server.

mod admin;
mod cannot_start;
mod ending;
mod flags;
mod freed_memory;
mod keys;
mod log;
mod log_json;
mod log_thread;
mod ready_line;
mod reload;
mod reload_signal;
mod service_manager;
mod shared_limits;
pub(super) mod stop_signal;
mod tls_files;
pub(super) mod values;
mod variables;
#[cfg(feature = "web")]
mod web;

use std::cell::Cell;
use std::io::{self, IsTerminal as _};
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Args;
use mfn_server::{Config, Server};
use tokio::sync::oneshot;

use crate::commands::runtime;
use crate::failure::Failure;
use crate::settings::Settings;
use cannot_start::{cannot_bind, cannot_listen, cannot_start_thread};
use ending::Step;
use flags::Flags;
use reload::Reloader;
use reload_signal::ReloadSignal;
use service_manager::ServiceManager;
use stop_signal::StopSignal;

/// How long after the grace of a shutdown the process ends at the latest, less
/// what its very end takes.
const BEYOND_THE_GRACE: Duration = Duration::from_millis(430);

/// Answer gRPC calls until Ctrl-C or SIGTERM
#[derive(Debug, Args)]
#[command(after_help = "\
Each setting is a flag, or else the variable beside it, or else its default. Prints one line with
its address when it is ready. With keys, calls must be signed with one (see `mfn sign`); without, it
serves this machine only. On SIGHUP it reads the file of keys and the files of TLS again and reopens
the audit log; if it has none of them and logs to a terminal, it ends as on Ctrl-C. On Ctrl-C or
SIGTERM it takes no more connections, gives the open calls --shutdown-grace-ms, and ends with the
exit code 0; a second one abandons the open calls. With --shutdown-delay-ms all of that begins so
much later, or by one more signal, and health says NOT_SERVING at once. It logs to standard error.

Examples:
  mfn serve
  MFN_API_KEYS=secret-one,secret-two mfn serve
  mfn serve --api-keys-file keys.toml --audit-log audit.jsonl
  mfn serve --host :: --port 8080 --allow-anonymous
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
    pub(crate) fn run(mut self, mut settings: Settings) -> Result<(), Failure> {
        let mut log = log::start(&self.flags.log, self.flags.log_format)?;
        variables::warn_of_unknown(&settings);
        let mut config = self.config(&mut settings)?;
        if self.print_config {
            return Ok(variables::print(&settings)?);
        }
        config.shared_limits = self.flags.shared_limits.start()?;
        // It accepts connections and waits for signals; the server has threads of
        // its own for the rest.
        let runtime = runtime()?;
        let end_by = Cell::new(None);
        let access = ready_line::access(&config, &self.flags, &settings);
        let flags = Arc::new(self.flags);
        // A panic of this thread is told as well, whatever the log takes.
        let served = catch_unwind(AssertUnwindSafe(|| {
            runtime.block_on(serve(config, flags, &access, &end_by))
        }));
        if let Some(time) = end_by.get() {
            log.end_by(time);
        }
        served.unwrap_or_else(|_| {
            Err(Failure::work("the server failed", "its main thread has a fault: see the log"))
        })
    }

    /// The configuration that the `settings` make, of which some may turn out not to be used.
    fn config(&mut self, settings: &mut Settings) -> Result<Config, Failure> {
        self.flags.keys.leave_out_callers_key(settings);
        self.flags.config(settings)
    }

    /// The same and the settings, without serving.
    #[cfg(feature = "fuzzing")]
    pub(crate) fn applied(mut self, mut settings: Settings) -> Result<(Config, Settings), Failure> {
        self.config(&mut settings).map(|config| (config, settings))
    }
}

/// Serves those who get in by `access`. Once it is told to end, `end_by` is when the process has to have ended.
async fn serve(
    config: Config,
    flags: Arc<Flags>,
    access: &str,
    end_by: &Cell<Option<Instant>>,
) -> Result<(), Failure> {
    let shows_keys = config.tls.is_none() && !config.keys.is_empty();
    let listens_at = SocketAddr::new(config.host, config.port);
    let (delay, grace) = (flags.shutdown_delay(), config.shutdown_grace);
    // Before the port answers: whoever reaches it may already ask the server to end.
    let no_signals = |error| Failure::work("cannot wait for signals", error);
    // Whoever closes the terminal that the server writes to wants it to end,
    // unless the signal can have meant its files.
    let hangup_stops = io::stderr().is_terminal() && !reload::has_files(&flags);
    let mut stop = StopSignal::new(hangup_stops).map_err(no_signals)?;
    let mut reload = ReloadSignal::new(!hangup_stops).map_err(no_signals)?;
    let server = Server::bind(config).map_err(|error| cannot_bind(listens_at, &flags, error))?;
    let address = server.local_addr().map_err(|error| cannot_listen(listens_at, &error))?;
    flags.keys.warn_if_all_can_read_file();
    let control = server.control();
    let how = format!("listening on {address} ({access})");
    let manager = ServiceManager::default();
    let reloader = Reloader::start(control.clone(), flags, manager.clone(), how.clone())
        .map_err(|error| cannot_start_thread(Reloader::THREAD, &error))?;
    let (shut_down, told) = oneshot::channel();
    let serving = server.serve(async { told.await.unwrap_or(()) });
    if shows_keys && !address.ip().is_loopback() {
        tracing::warn!(
            "keys go over the network in clear: other machines can call, and TLS is off"
        );
    }
    ready_line::announce(address, access)?;
    manager.is_ready(&how);

    let mut shut_down = Some(shut_down);
    let abandoned = ending::steps(&mut stop, delay, |step| match step {
        Step::Announce => {
            control.announce_shutdown();
            manager.is_stopping("taking calls until the delay of the shutdown is over");
            tracing::info!(
                ?delay,
                "health says NOT_SERVING, and calls are taken until the delay of the shutdown is \
                 over, or until one more signal"
            );
        }
        Step::ShutDown => {
            end_by.set(Some(Instant::now() + grace + BEYOND_THE_GRACE));
            manager.is_stopping("finishing the open calls");
            tracing::info!("finishing the open calls; another signal abandons them");
            shut_down.take().map(|shut_down| shut_down.send(()));
        }
        Step::Abandon => {
            end_by.set(Some(Instant::now() + BEYOND_THE_GRACE));
            tracing::warn!("abandoning the open calls");
        }
    });
    let reloading = async {
        loop {
            reload.received().await;
            reloader.reload();
        }
    };
    tokio::select! {
        served = serving => served.map_err(|error| Failure::work("the server failed", error)),
        () = abandoned => Ok(()),
        never = reloading => never,
        never = freed_memory::give_back() => match never {},
    }
}
