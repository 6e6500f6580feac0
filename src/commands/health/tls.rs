//! How TLS is spoken with the server, and what is said where that fails.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use mfn_client::TlsFailure;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};

use super::any_certificate::AnyCertificate;
use super::target::Target;
use crate::commands::refusal;
use crate::commands::serve::values::{boolean, path};
use crate::failure::Failure;
use crate::flags::read_file;

/// The protocol that gRPC speaks, as TLS names it.
const HTTP_2: &[u8] = b"h2";

#[derive(Debug, Args)]
pub(super) struct TlsFlags {
    /// Speak TLS, as with https:// or --ca. A server at a loopback address may have any
    /// certificate, unless --ca is given
    #[arg(long, env = "MFN_GRPC_TLS_ENABLED", hide_env_values = true, value_name = "BOOL")]
    #[arg(num_args = 0..=1, default_missing_value = "true")]
    #[arg(default_value = "false", value_parser = boolean, action = clap::ArgAction::Set)]
    tls_enabled: bool,

    /// PEM file of the authority that the server's certificate has to be of
    #[arg(long, value_name = "FILE", value_parser = path())]
    ca: Option<PathBuf>,

    /// Name that it has to be for [default: the host]
    #[arg(long, value_name = "NAME", requires = "ca")]
    server_name: Option<String>,

    /// PEM file of a certificate to show to a server that asks for one
    #[arg(long, env = "MFN_HEALTH_CLIENT_CERT_PATH", hide_env_values = true, value_name = "FILE")]
    #[arg(requires = "client_key", value_parser = path())]
    client_cert: Option<PathBuf>,

    /// PEM file of that certificate's key
    #[arg(long, env = "MFN_HEALTH_CLIENT_KEY_PATH", hide_env_values = true, value_name = "FILE")]
    #[arg(requires = "client_cert", value_parser = path())]
    client_key: Option<PathBuf>,
}

/// Who the server has to be, and as whom this program shows itself.
pub(super) struct Tls {
    pub(super) config: Arc<ClientConfig>,
    pub(super) name: ServerName<'static>,
}

impl TlsFlags {
    /// How TLS is spoken with `target`, if it is.
    ///
    /// # Errors
    /// What was given does not go together, or a file cannot be used.
    pub(super) fn with(&self, target: &Target) -> Result<Option<Tls>, Failure> {
        let is_wanted = target.has_tls.unwrap_or(self.tls_enabled || self.ca.is_some());
        if !is_wanted {
            return match self.ca {
                None => Ok(None),
                Some(_) => Err(Failure::Usage(format!(
                    "http://{target} has no TLS, so that --ca has no use: write https://{target}"
                ))),
            };
        }
        let builder = ClientConfig::builder();
        let builder = match &self.ca {
            Some(ca) => builder.with_root_certificates(authorities(ca)?),
            // Whoever asks this machine's own server tells it nothing that is secret, and
            // the name in its certificate is that of another address.
            None if target.is_loopback() => {
                builder.dangerous().with_custom_certificate_verifier(AnyCertificate::verifier())
            }
            None => {
                return Err(Failure::Usage(format!(
                    "{target} is no loopback address, so --ca must name the authority of its \
                     certificate"
                )));
            }
        };
        let mut config = match self.client_cert.as_ref().zip(self.client_key.as_ref()) {
            None => builder.with_no_client_auth(),
            Some((certificate, key)) => builder
                .with_client_auth_cert(certificates("--client-cert", certificate)?, secret(key)?)
                .map_err(|error| {
                    Failure::Usage(format!("--client-cert and --client-key: {error}"))
                })?,
        };
        config.alpn_protocols = vec![HTTP_2.to_vec()];
        let name = self.server_name.clone().unwrap_or_else(|| target.host.clone());
        let name = name.try_into().map_err(|_| {
            Failure::Usage("--server-name is neither a name nor an address".to_owned())
        })?;
        Ok(Some(Tls { config: Arc::new(config), name }))
    }

    /// What to add where a server with TLS ended the connection: it need not say why.
    pub(super) fn hint(&self) -> &'static str {
        match self.client_cert {
            None => "; if it asks for a certificate, --client-cert and --client-key give it one",
            Some(_) => "; it may not trust the certificate of --client-cert",
        }
    }
}

fn authorities(file: &Path) -> Result<RootCertStore, Failure> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates("--ca", file)? {
        roots.add(certificate).map_err(|_| {
            let file = file.display();
            Failure::Usage(format!("--ca {file}: it has what is no certificate of an authority"))
        })?;
    }
    Ok(roots)
}

fn certificates(flag: &str, file: &Path) -> Result<Vec<CertificateDer<'static>>, Failure> {
    let pem = read_file(flag, file)?;
    let certificates = CertificateDer::pem_slice_iter(&pem).collect::<Result<Vec<_>, _>>();
    certificates.ok().filter(|certificates| !certificates.is_empty()).ok_or_else(|| {
        Failure::Usage(format!("{flag} {}: it has no certificate in PEM", file.display()))
    })
}

fn secret(file: &Path) -> Result<PrivateKeyDer<'static>, Failure> {
    PrivateKeyDer::from_pem_slice(&read_file("--client-key", file)?).map_err(|_| {
        Failure::Usage(format!("--client-key {}: it has no private key in PEM", file.display()))
    })
}

/// Why TLS failed, in a sentence, and what can be done.
pub(super) fn why(error: &io::Error) -> String {
    let Some(failure) = TlsFailure::find(error) else { return error.to_string() };
    let advice = refusal::of_tls(&failure);
    advice.map_or_else(|| failure.to_string(), |advice| format!("{failure}. {advice}"))
}
