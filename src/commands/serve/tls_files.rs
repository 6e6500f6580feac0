//! Whether TLS is spoken, and with which files.

use std::path::PathBuf;

use clap::Args;
use mfn_server::TlsFiles;

use super::values::{boolean, path};
use crate::failure::Failure;
use crate::settings::{Settings, Source};

/// The settings of a server that speaks TLS.
#[derive(Debug, Args)]
pub(super) struct TlsFileFlags {
    /// Speak TLS 1.3 or 1.2, with the two files below
    #[arg(long = "tls-enabled", id = "tls_enabled", env = "MFN_GRPC_TLS_ENABLED")]
    #[arg(hide_env_values = true, value_name = "BOOL")]
    #[arg(num_args = 0..=1, default_missing_value = "true")]
    #[arg(default_value = "false", value_parser = boolean, action = clap::ArgAction::Set)]
    pub(super) is_enabled: bool,

    /// PEM file of the server's certificate and those up to its root
    #[arg(long = "tls-cert-path", id = "tls_cert_path", value_parser = path())]
    #[arg(env = "MFN_GRPC_TLS_CERT_PATH", hide_env_values = true, value_name = "FILE")]
    certificates: Option<PathBuf>,

    /// PEM file of the certificate's private key
    #[arg(long = "tls-key-path", id = "tls_key_path", value_parser = path())]
    #[arg(env = "MFN_GRPC_TLS_KEY_PATH", hide_env_values = true, value_name = "FILE")]
    key: Option<PathBuf>,

    /// PEM file of roots: clients must show a certificate of one of them
    #[arg(long = "tls-client-ca-path", id = "tls_client_ca_path", value_parser = path())]
    #[arg(env = "MFN_GRPC_TLS_CLIENT_CA_PATH", hide_env_values = true, value_name = "FILE")]
    client_roots: Option<PathBuf>,
}

impl TlsFileFlags {
    /// The files, if TLS is spoken.
    ///
    /// # Errors
    /// What is given does not go together.
    pub(super) fn files(&self, settings: &Settings) -> Result<Option<TlsFiles>, Failure> {
        match (self.is_enabled, &self.certificates, &self.key) {
            (true, Some(certificates), Some(key)) => Ok(Some(TlsFiles {
                certificates: certificates.clone(),
                key: key.clone(),
                client_roots: self.client_roots.clone(),
            })),
            (true, None, _) => Err(missing("MFN_GRPC_TLS_CERT_PATH (--tls-cert-path)")),
            (true, _, None) => Err(missing("MFN_GRPC_TLS_KEY_PATH (--tls-key-path)")),
            (false, ..) => self.plaintext(settings).map(|()| None),
        }
    }

    /// Plaintext where there are files for TLS must be said: it would let those in
    /// who were to be kept out, and show the keys to everyone on the way.
    fn plaintext(&self, settings: &Settings) -> Result<(), Failure> {
        let files = [
            ("MFN_GRPC_TLS_CERT_PATH (--tls-cert-path)", &self.certificates),
            ("MFN_GRPC_TLS_KEY_PATH (--tls-key-path)", &self.key),
            ("MFN_GRPC_TLS_CLIENT_CA_PATH (--tls-client-ca-path)", &self.client_roots),
        ];
        let Some((name, _)) = files.into_iter().find(|(_, path)| path.is_some()) else {
            return Ok(());
        };
        if settings.source("MFN_GRPC_TLS_ENABLED") == Source::Default {
            return Err(Failure::Usage(format!(
                "{name} names a file for TLS, so MFN_GRPC_TLS_ENABLED (--tls-enabled) must say \
                 true, or false for plaintext"
            )));
        }
        tracing::warn!("MFN_GRPC_TLS_ENABLED is false: the files for TLS are not used");
        Ok(())
    }
}

fn missing(what: &str) -> Failure {
    Failure::Usage(format!(
        "MFN_GRPC_TLS_ENABLED (--tls-enabled) is true, so {what} must name a file"
    ))
}
