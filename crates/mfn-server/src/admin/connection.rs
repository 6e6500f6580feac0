//! Connections of those who ask, with every limit set. They are few and trusted, so a
//! limit only keeps a broken one from taking what the calls need.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1::Builder;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, Semaphore};
use tokio::time::{sleep, timeout};

use super::routes::Routes;
use crate::connection::WriteTimeout;
use crate::log_limit::limited;

/// Connections that may be open. A further one waits.
pub(super) const MAX_CONNECTIONS: usize = 64;
/// Longest head of a request.
const MAX_HEAD_BYTES: usize = 16 * 1024;
const MAX_HEADERS: usize = 64;
/// How long the first head of a connection may take to come. Connections that say
/// nothing must not hold all places for longer than a probe is repeated.
pub(super) const FIRST_HEAD_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a later head may take to come, and so how long a connection may be idle.
/// Most scrapes are a minute apart or less.
const HEAD_TIMEOUT: Duration = Duration::from_secs(90);
/// How long a reader may take nothing of an answer.
const READ_TIMEOUT: Duration = Duration::from_secs(10);
/// How long to wait after the listener has failed.
const BACK_OFF: Duration = Duration::from_millis(100);

/// Answers what comes to `listener` by `routes`, without end.
pub(super) async fn serve_all(listener: TcpListener, routes: Arc<Routes>) {
    let permits = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    loop {
        // It is never closed.
        let permit = Arc::clone(&permits).acquire_owned().await.ok();
        match listener.accept().await {
            Ok((stream, _peer)) => {
                let routes = Arc::clone(&routes);
                tokio::spawn(async move {
                    serve(stream, routes).await;
                    drop(permit);
                });
            }
            Err(error) => {
                limited!(WARN, "cannot accept an admin connection", %error);
                sleep(BACK_OFF).await;
            }
        }
    }
}

async fn serve(stream: TcpStream, routes: Arc<Routes>) {
    let has_asked = Arc::new(Notify::new());
    let asks = Arc::clone(&has_asked);
    let answer = service_fn(move |request: Request<Incoming>| {
        asks.notify_one();
        let routes = Arc::clone(&routes);
        async move { Ok::<_, Infallible>(routes.answer(&request).await) }
    });
    let io = TokioIo::new(WriteTimeout::new(stream, READ_TIMEOUT));
    let connection = Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_headers(MAX_HEADERS)
        .max_buf_size(MAX_HEAD_BYTES)
        .serve_connection(io, answer);
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = &mut connection => ended,
        asked = timeout(FIRST_HEAD_TIMEOUT, has_asked.notified()) => match asked {
            Ok(()) => connection.await,
            Err(_) => return,
        },
    };
    if let Err(error) = ended {
        limited!(DEBUG, "an admin connection ended with an error", %error);
    }
}
