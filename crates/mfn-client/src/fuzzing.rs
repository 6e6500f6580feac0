//! What fuzz targets reach of the inside: a client whose servers are whoever is at the other end
//! of a transport.
//!
//! It is no part of what is promised, and only the feature `fuzzing` has it.

use std::io;

use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tower::service_fn;

use crate::build_error::BuildError;
use crate::builder::ClientBuilder;
use crate::client::Client;

/// The client of `builder`, each of whose connections is what `open` returns.
///
/// # Errors
/// See [`BuildError`].
pub fn client_over<S, F>(builder: ClientBuilder, open: F) -> Result<Client, BuildError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    F: Fn() -> S + Clone + Send + Sync + 'static,
{
    builder.build_connecting(|endpoint| {
        let open = open.clone();
        endpoint.connect_with_connector_lazy(service_fn(move |_| {
            let stream = TokioIo::new(open());
            async move { Ok::<_, io::Error>(stream) }
        }))
    })
}
