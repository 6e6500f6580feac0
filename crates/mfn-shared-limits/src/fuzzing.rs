//! What fuzz targets and tests reach of the inside: limits whose store is whoever is at the
//! other end of a transport.
//!
//! It is no part of what is promised.

use std::future::Future;
use std::sync::{Mutex, PoisonError};

use tokio::io::{AsyncRead, AsyncWrite};

use crate::address::Address;
use crate::connection::{Connect, ConnectError};
use crate::messages::Waiters;
use crate::redis_connection::{RedisConnect, RedisConnection};
use crate::scripts::Scripts;
use crate::store::StoreLimits;

/// Most bytes that are taken of a connection before a first command, and for each command.
pub const MOST_BYTES: (usize, usize) = (crate::allowance::GREETINGS, crate::allowance::ANSWER);

/// Limits that are asked for at the other end of what `open` returns for each connection,
/// and the work of the thread. User, password and database are those of the `address`.
pub fn limits_over<S, F>(address: Address, open: F) -> (StoreLimits, impl Future<Output = ()>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    F: FnMut() -> S + Send + 'static,
{
    let store = RedisConnect { address, tls: None, scripts: Scripts::by_the_clock() };
    let connect = ConnectOver { store, open: Mutex::new(open) };
    let (limits, sessions) = StoreLimits::asking(connect, Waiters::default());
    (limits, sessions.run())
}

struct ConnectOver<F> {
    store: RedisConnect,
    open: Mutex<F>,
}

impl<S, F> Connect for ConnectOver<F>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    F: FnMut() -> S + Send + 'static,
{
    type Connection = RedisConnection;

    async fn connect(&self) -> Result<RedisConnection, ConnectError> {
        let stream = (self.open.lock().unwrap_or_else(PoisonError::into_inner))();
        self.store.connect_by(stream).await
    }
}
