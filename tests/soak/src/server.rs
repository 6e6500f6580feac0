//! A server that is started, told to read its files again, and ended.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use conformance_server::{Certificates, Process, ServerLog};
use conformance_wire::Endpoint;
use conformance_wire::endpoint::trusting;
use conformance_wire::start::{MAX_ATTEMPTS, free_port};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use tokio::time::sleep;

use crate::Failure;
use crate::keys::Keys;
use crate::memory_bound::{IO_THREADS, WORKERS};
use crate::metrics::Metrics;
use crate::process::Sample;

/// How long it may take to start, to read its files again, and to end: far more than it does.
const TIMEOUT: Duration = Duration::from_mins(1);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// The name of its certificate.
pub const CERTIFICATE: &str = "server";

/// A server with keys, audit and metrics. It is killed with this.
#[derive(Debug)]
pub struct Server {
    /// What it is called in tables.
    pub name: &'static str,
    /// Where it is.
    pub endpoint: Endpoint,
    /// Its keys.
    pub keys: Keys,
    /// Who has issued its certificate, and may issue another, with TLS.
    pub certificates: Option<Certificates>,
    admin_port: u16,
    folder: PathBuf,
    process: Process,
}

impl Server {
    /// Starts `program`, with TLS or without, with its files in `folder` and with these
    /// settings more, and waits until it listens. If it ends before, it is started again, since
    /// another program may have taken one of its ports.
    ///
    /// # Errors
    /// It does not start.
    pub async fn start(
        program: &Path,
        name_and_tls: (&'static str, bool),
        folder: &Path,
        settings: &[(&str, &str)],
    ) -> Result<Self, Failure> {
        let mut attempts = 0;
        loop {
            attempts += 1;
            let server = Self::launch(program, name_and_tls, folder, settings)?;
            match server.listens().await {
                Err(_) if server.process.ended().is_some() && attempts < MAX_ATTEMPTS => {}
                listens => return listens.map(|()| server),
            }
        }
    }

    fn launch(
        program: &Path,
        (name, has_tls): (&'static str, bool),
        folder: &Path,
        settings: &[(&str, &str)],
    ) -> Result<Self, Failure> {
        fs::create_dir_all(folder)?;
        let keys = Keys::create(folder)?;
        let certificates = has_tls.then(|| Certificates::create(folder)).transpose()?;
        certificates.iter().try_for_each(|certificates| certificates.issue(CERTIFICATE))?;
        let (port, admin_port) = (free_port()?, free_port()?);
        let path = |path: &Path| path.display().to_string();
        let mut variables = vec![
            ("MFN_GRPC_HOST", "127.0.0.1".to_owned()),
            ("MFN_GRPC_PORT", port.to_string()),
            ("MFN_GRPC_ADMIN_PORT", admin_port.to_string()),
            ("MFN_GRPC_AUDIT_LOG", path(&audit(folder))),
            ("MFN_API_KEYS_FILE", path(keys.file())),
            ("MFN_GRPC_MAX_WORKERS", WORKERS.to_string()),
            ("MFN_GRPC_IO_THREADS", IO_THREADS.to_string()),
        ];
        let mut ca = None;
        if let Some(certificates) = &certificates {
            ca = Some(certificates.authority());
            variables.extend([
                ("MFN_GRPC_TLS_ENABLED", "true".to_owned()),
                ("MFN_GRPC_TLS_CERT_PATH", path(&certificates.certificate(CERTIFICATE))),
                ("MFN_GRPC_TLS_KEY_PATH", path(&certificates.key(CERTIFICATE))),
            ]);
        }
        variables.extend(settings.iter().map(|(name, value)| (*name, (*value).to_owned())));
        let variables: Vec<_> =
            variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let tls = ca.as_deref().map(trusting).transpose();
        let tls = tls.map_err(|error| Failure::Server(format!("has no authority: {error}")))?;
        let log = ServerLog::create(folder, name)?;
        let process = Process::start(&[path(program), "serve".to_owned()], &variables, log);
        let process = process.map_err(|error| {
            let program = path(program);
            Failure::Server(format!(
                "{program} cannot be started: {error}; `cargo build --release` makes target/release/mfn, \
                 and --program names another"
            ))
        })?;
        let endpoint = Endpoint { host: "127.0.0.1".to_owned(), port, tls, ca };
        let folder = folder.to_owned();
        Ok(Self { name, endpoint, keys, certificates, admin_port, folder, process })
    }

    async fn listens(&self) -> Result<(), Failure> {
        let start = Instant::now();
        while start.elapsed() < TIMEOUT && self.process.ended().is_none() {
            if self.endpoint.tcp().await.is_ok() {
                return Ok(());
            }
            sleep(LOOK_EVERY).await;
        }
        let said = match self.last_words() {
            words if words.is_empty() => "it says nothing".to_owned(),
            words => words,
        };
        Err(Failure::Server(format!("does not start: {said}")))
    }

    /// The end of its log.
    #[must_use]
    pub fn last_words(&self) -> String {
        self.process.log().last_lines().join("\n")
    }

    /// What it tells of itself.
    ///
    /// # Errors
    /// It does not.
    pub async fn metrics(&self) -> Result<Metrics, Failure> {
        Metrics::of(self.admin_port).await
    }

    /// What the system tells of it.
    ///
    /// # Errors
    /// It does not run.
    pub fn sample(&self) -> Result<Sample, Failure> {
        Ok(Sample::of(self.process.id())?)
    }

    /// Has it read its files again, and waits until its log says `words` once more.
    ///
    /// # Errors
    /// It does not say so.
    pub async fn reads_again(&self, words: &str) -> Result<(), Failure> {
        let before = self.said(words)?;
        self.process.hang_up();
        let start = Instant::now();
        while start.elapsed() < TIMEOUT {
            if self.said(words)? > before {
                return Ok(());
            }
            sleep(LOOK_EVERY).await;
        }
        let last = self.last_words();
        Err(Failure::Server(format!("does not say '{words}' after SIGHUP: {last}")))
    }

    /// Sees whether a new caller is shown the certificate in this file.
    ///
    /// # Errors
    /// It is shown another one, or none.
    pub async fn shows(&self, certificate: &Path) -> Result<(), Failure> {
        let unusable = |error: &dyn fmt::Display| Failure::Certificate(format!("fails: {error}"));
        let ca = self.endpoint.ca.as_deref();
        let ca = ca.ok_or_else(|| unusable(&"the server has no TLS"))?;
        // By a configuration of its own, or it could go on from an earlier handshake, in which
        // nothing is shown.
        let config = trusting(ca).map_err(|error| unusable(&error))?;
        let tcp = self.endpoint.tcp().await.map_err(|error| unusable(&error))?;
        let stream = self.endpoint.handshake(&config, tcp).await;
        let stream = stream.map_err(|error| unusable(&error))?;
        let wanted =
            CertificateDer::from_pem_file(certificate).map_err(|error| unusable(&error))?;
        let shown = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
        if shown == Some(&wanted) {
            return Ok(());
        }
        Err(Failure::Certificate("that is shown is not the one that was read last".to_owned()))
    }

    /// Moves the file of the audit away: where it is now. The server goes on in it until it
    /// reads its files again.
    ///
    /// # Errors
    /// It cannot be moved.
    pub fn move_audit(&self) -> Result<PathBuf, Failure> {
        let moved = self.folder.join("audit.moved.jsonl");
        fs::rename(self.audit(), &moved)?;
        Ok(moved)
    }

    /// The file that its audit is written to.
    #[must_use]
    pub fn audit(&self) -> PathBuf {
        audit(&self.folder)
    }

    /// Waits until no call is under way, no connection is open, nothing is computed, and all of the
    /// budget of memory is given back.
    ///
    /// # Errors
    /// There are some still after a minute.
    pub async fn is_left_alone(&self) -> Result<Metrics, Failure> {
        let start = Instant::now();
        loop {
            let metrics = self.metrics().await?;
            let calls = metrics.under_way();
            let [connections, running, waiting, bytes] = [
                "mfn_connections",
                "mfn_compute_running",
                "mfn_compute_queue",
                "mfn_memory_budget_bytes",
            ]
            .map(|name| metrics.sum(name) as u64);
            if calls + connections + running + waiting + bytes == 0 {
                return Ok(metrics);
            }
            if start.elapsed() > TIMEOUT {
                let computations = running + waiting;
                return Err(Failure::Server(format!(
                    "has {calls} calls, {connections} connections, {computations} computations and \
                     {bytes} bytes of its budget when nobody calls any more"
                )));
            }
            sleep(LOOK_EVERY * 10).await;
        }
    }

    /// Asks it to end, and waits: how it ended.
    ///
    /// # Errors
    /// It does not.
    pub async fn end(&self) -> Result<ExitStatus, Failure> {
        self.process.terminate();
        let ended = self.process.end(TIMEOUT).await;
        ended
            .map(|(status, _)| status)
            .ok_or_else(|| Failure::Server("does not end after SIGTERM".to_owned()))
    }

    fn said(&self, words: &str) -> Result<usize, Failure> {
        let written = self.process.log().written()?;
        Ok(String::from_utf8_lossy(&written).matches(words).count())
    }
}

fn audit(folder: &Path) -> PathBuf {
    folder.join("audit.jsonl")
}
