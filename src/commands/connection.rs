//! How servers are reached, and by whom.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use mfn_client::{Client, Retry, Tls};

use crate::commands::serve::values::path;
use crate::failure::Failure;
use crate::flags::{Unprinted, read_file};

/// Longest time for a call, in seconds: a day.
const MAX_TIMEOUT_S: f64 = 86_400.0;
/// Most attempts beside the first.
const MAX_RETRIES: u32 = 100;

#[derive(Debug, Args)]
#[command(next_help_heading = "Server")]
pub(super) struct Connection {
    /// PEM file of the authorities to trust in place of the system's; implies TLS
    #[arg(long, value_name = "FILE", value_parser = path())]
    ca: Option<PathBuf>,

    /// Name that the server's certificate has to be for [default: the host of the target]
    #[arg(long, value_name = "NAME")]
    server_name: Option<String>,

    /// PEM file of a certificate to show to a server that asks for one
    #[arg(long, value_name = "FILE", requires = "client_key", value_parser = path())]
    client_cert: Option<PathBuf>,

    /// PEM file of that certificate's key
    #[arg(long, value_name = "FILE", requires = "client_cert", value_parser = path())]
    client_key: Option<PathBuf>,

    /// File that has the key to sign with, and nothing else
    #[arg(long, value_name = "FILE", value_parser = path())]
    api_key_file: Option<PathBuf>,

    /// Key to sign with, unless it is in a file; better given as a variable, which others do not
    /// see. Without one calls are not signed
    #[arg(long, env = "MFN_API_KEY", hide_env_values = true, value_name = "KEY")]
    api_key: Option<Unprinted>,

    /// Longest time for the call with all its attempts, in seconds; 0 is none
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    #[arg(allow_negative_numbers = true)]
    timeout: f64,

    /// How often a call is tried again that failed for a passing reason: 0 to 100
    #[arg(long, value_name = "NUMBER", default_value = "3")]
    #[arg(value_parser = clap::value_parser!(u32).range(0..=i64::from(MAX_RETRIES)))]
    retries: u32,
}

impl Connection {
    /// A client of these servers, made within a runtime.
    ///
    /// # Errors
    /// What was given makes none.
    pub(super) fn client(&self, targets: &[String]) -> Result<Client, Failure> {
        let mut targets = targets.iter();
        let first = targets.next().map(String::as_str).unwrap_or_default();
        let mut builder = Client::builder(first)
            .retry(Retry { max_retries: self.retries, ..Retry::default() })
            .timeout((self.timeout > 0.0).then(|| Duration::from_secs_f64(self.timeout)));
        for target in targets {
            builder = builder.endpoint(target);
        }
        if let Some(key) = self.key()? {
            builder = builder.api_key(key);
        }
        if let Some(tls) = self.tls()? {
            builder = builder.tls(tls);
        }
        builder.build().map_err(|error| Failure::Usage(error.to_string()))
    }

    /// One of the flags that mean nothing without a server, if it was given.
    pub(super) fn flag(&self) -> Option<&'static str> {
        let given = [
            ("--ca", self.ca.is_some()),
            ("--server-name", self.server_name.is_some()),
            ("--client-cert", self.client_cert.is_some()),
            ("--api-key-file", self.api_key_file.is_some()),
        ];
        given.into_iter().find_map(|(flag, is_given)| is_given.then_some(flag))
    }

    fn key(&self) -> Result<Option<String>, Failure> {
        let Some(file) = &self.api_key_file else {
            return Ok(self.api_key.as_ref().map(|Unprinted(key)| key.clone()));
        };
        let key = String::from_utf8(read_file("--api-key-file", file)?).map_err(|_| {
            Failure::Usage(format!("--api-key-file {}: it is not text", file.display()))
        })?;
        Ok(Some(key.trim().to_owned()))
    }

    fn tls(&self) -> Result<Option<Tls>, Failure> {
        if self.ca.is_none() && self.client_cert.is_none() && self.server_name.is_none() {
            return Ok(None);
        }
        let mut tls = Tls::new();
        if let Some(ca) = &self.ca {
            tls = tls.ca_pem(read_file("--ca", ca)?);
        }
        if let Some((certificate, key)) = self.client_cert.as_ref().zip(self.client_key.as_ref()) {
            let certificate = read_file("--client-cert", certificate)?;
            tls = tls.client_certificate_pem(certificate, read_file("--client-key", key)?);
        }
        if let Some(name) = &self.server_name {
            tls = tls.server_name(name);
        }
        Ok(Some(tls))
    }
}

fn seconds(text: &str) -> Result<f64, String> {
    let seconds = text.parse().ok().filter(|seconds| (0.0..=MAX_TIMEOUT_S).contains(seconds));
    seconds.ok_or_else(|| format!("seconds from 0 to {MAX_TIMEOUT_S} are expected"))
}
