//! How a client is made.

use std::fmt;
use std::time::Duration;

use http::Uri;
use http::uri::Scheme;
use tokio::runtime::Handle;
use tonic::transport::{Channel, Endpoint};

use crate::attempts::{Policy, Retry};
use crate::build_error::BuildError;
use crate::client::Client;
use crate::endpoints::Endpoints;
use crate::signing::Signer;
use crate::tls::Tls;

/// What a server that does not answer to a connection is given. Then the attempt has
/// failed, and another server may be asked.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How the client calls itself, before tonic's own name.
const USER_AGENT: &str = concat!("mfn-client/", env!("CARGO_PKG_VERSION"));

/// What a client is made of.
pub struct ClientBuilder {
    endpoints: Vec<String>,
    api_key: Option<String>,
    tls: Option<Tls>,
    policy: Policy,
}

impl Client {
    /// Begins a client of the server at `endpoint`: `http://HOST:PORT`,
    /// `https://HOST:PORT`, or `HOST:PORT`.
    pub fn builder(endpoint: impl Into<String>) -> ClientBuilder {
        ClientBuilder::new(endpoint)
    }
}

impl ClientBuilder {
    fn new(endpoint: impl Into<String>) -> Self {
        Self {
            endpoints: vec![endpoint.into()],
            api_key: None,
            tls: None,
            policy: Policy::default(),
        }
    }

    /// Adds a server. Those that serve are asked in turn.
    #[must_use]
    pub fn endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.endpoints.push(endpoint.into());
        self
    }

    /// The key that signs every call.
    #[must_use]
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.api_key = Some(key.into());
        self
    }

    /// Speaks TLS; an endpoint that begins with `https://` does so in any case.
    #[must_use]
    pub fn tls(mut self, tls: Tls) -> Self {
        self.tls = Some(tls);
        self
    }

    /// How often a call is tried.
    #[must_use]
    pub fn retry(mut self, retry: Retry) -> Self {
        self.policy.retry = retry;
        self
    }

    /// How long a call may take with all its attempts, a stream to its end; `None` is
    /// without end. Default: 30 s.
    #[must_use]
    pub fn timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.policy.timeout = timeout.into();
        self
    }

    /// How long one attempt may take. With it, one that took too long is tried again.
    /// Default: as long as the call.
    #[must_use]
    pub fn attempt_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.policy.attempt_timeout = timeout.into();
        self
    }

    /// The client. It connects with its first call.
    ///
    /// # Errors
    /// See [`BuildError`].
    pub fn build(self) -> Result<Client, BuildError> {
        self.build_connecting(Endpoint::connect_lazy)
    }

    /// The same, which `connect` connects.
    pub(crate) fn build_connecting(
        self,
        connect: impl Fn(&Endpoint) -> Channel,
    ) -> Result<Client, BuildError> {
        let zero = Some(Duration::ZERO);
        if self.policy.timeout == zero {
            return Err(BuildError::ZeroTimeout("the timeout"));
        }
        if self.policy.attempt_timeout == zero {
            return Err(BuildError::ZeroTimeout("the timeout of an attempt"));
        }
        let signer = self.api_key.as_deref().map(Signer::new).transpose()?;
        let endpoints = self.endpoints.iter().map(|text| endpoint(text, self.tls.as_ref()));
        let endpoints = endpoints.collect::<Result<Vec<_>, _>>()?;
        Handle::try_current().map_err(|_| BuildError::NoRuntime)?;
        let channels = endpoints.into_iter().map(|(name, endpoint)| (name, connect(&endpoint)));
        Ok(Client::new(Endpoints::new(channels), signer, self.policy))
    }
}

/// A server by its text, and how it is connected to.
fn endpoint(text: &str, tls: Option<&Tls>) -> Result<(String, Endpoint), BuildError> {
    if text.contains('@') {
        return Err(BuildError::User);
    }
    let bad = || BuildError::Endpoint(text.to_owned());
    let scheme = if tls.is_some() { "https" } else { "http" };
    let full = if text.contains("://") { text.to_owned() } else { format!("{scheme}://{text}") };
    let uri: Uri = full.parse().map_err(|_| bad())?;
    let has_tls = uri.scheme() == Some(&Scheme::HTTPS);
    let is_known = has_tls || uri.scheme() == Some(&Scheme::HTTP);
    let has_port = uri.port_u16().is_some();
    if !is_known || !has_port || !["", "/"].contains(&uri.path()) || uri.query().is_some() {
        return Err(bad());
    }
    if tls.is_some() && !has_tls {
        return Err(BuildError::Plaintext(text.to_owned()));
    }
    let mut endpoint = Endpoint::from(uri).connect_timeout(CONNECT_TIMEOUT);
    endpoint = endpoint.user_agent(USER_AGENT).map_err(|_| bad())?;
    if has_tls {
        let config = tls.cloned().unwrap_or_default().config()?;
        endpoint =
            endpoint.tls_config(config).map_err(|error| BuildError::Tls(last_cause(&error)))?;
    }
    Ok((text.to_owned(), endpoint))
}

fn last_cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

/// Without the key.
impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("endpoints", &self.endpoints)
            .field("has_api_key", &self.api_key.is_some())
            .field("tls", &self.tls)
            .field("policy", &self.policy)
            .finish()
    }
}
