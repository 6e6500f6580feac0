//! Why a client cannot be made.

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// An endpoint is none.
    #[error(
        "the endpoint '{0}' must be HOST:PORT, http://HOST:PORT or https://HOST:PORT, with nothing after it"
    )]
    Endpoint(String),
    /// An endpoint names a user, and perhaps a password. It is not repeated.
    #[error("an endpoint names no user: it is HOST:PORT, http://HOST:PORT or https://HOST:PORT")]
    User,
    /// TLS is asked for, and an endpoint says that it has none.
    #[error("the endpoint '{0}' has no TLS: write https:// or leave out what is for TLS")]
    Plaintext(String),
    /// The key is none. It is not repeated.
    #[error("the API key {0}")]
    ApiKey(String),
    /// There is no certificate in what should have some.
    #[error("{0} certificate has no block in PEM that is one")]
    NoCertificate(&'static str),
    /// There is no key in what should be the key of the client's certificate.
    #[error("the key of the client's certificate has no block in PEM that is one")]
    NoPrivateKey,
    /// TLS cannot be had with what was given.
    #[error("TLS cannot be had: {0}")]
    Tls(String),
    /// A duration is zero, in which no call can be made.
    #[error("{0} must be above 0; leave it out for none")]
    ZeroTimeout(&'static str),
    /// There is no runtime that connections could run in.
    #[error("a client is made within a runtime of tokio, in which its connections live")]
    NoRuntime,
}
