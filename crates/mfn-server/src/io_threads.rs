//! The threads of the network: each has a runtime of its own and serves its
//! connections alone, so that none waits for another's locks.

use std::convert::Infallible;
use std::io;
use std::net::TcpStream;
use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::{Request, Response};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;
use tower::Service;

use crate::connection::{AnswerData, Connections, RequestBody};
use crate::listener::Accepted;
use crate::log_limit::limited;
use crate::memory::Taken;
use crate::thread::{self, Thread};

/// A connection that nobody serves yet, counted among those that a shutdown waits for.
struct TrackedConnection {
    accepted: Accepted<TcpStream>,
    tracked: TaskTrackerToken,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct IoThreads {
    threads: Vec<IoThread>,
    connections: TaskTracker,
}

#[derive(Debug)]
struct IoThread {
    inbox: mpsc::UnboundedSender<TrackedConnection>,
    open: Arc<AtomicUsize>,
    thread: Thread,
}

impl IoThreads {
    /// Starts `count` threads, each with what `make` makes for it. They end when
    /// `closing` is cancelled.
    ///
    /// # Errors
    /// The operating system gives no thread or no event queue.
    pub(crate) fn start<S, R>(
        count: NonZero<usize>,
        closing: &CancellationToken,
        make: impl Fn() -> Connections<S>,
    ) -> io::Result<Self>
    where
        S: Service<Request<RequestBody>, Response = Response<R>, Error = Infallible>,
        S: Clone + Send + 'static,
        S::Future: Send + 'static,
        R: AnswerData,
    {
        let connections = TaskTracker::new();
        let start = |number| {
            let name = format!("mfn-io-{number}");
            let runtime = Builder::new_current_thread().enable_all().build();
            let runtime = runtime
                .map_err(|error| thread::named(&error, &format!("the event loop of {name}")))?;
            let (inbox, accepted) = mpsc::unbounded_channel();
            let open = Arc::<AtomicUsize>::default();
            let work = Work { accepted, served_by: make(), open: Arc::clone(&open) };
            let closing = closing.clone();
            let thread = thread::start(&name, move || {
                work.run(&runtime, &closing);
                // With it go the connections that are left.
                drop(runtime);
            })?;
            Ok(IoThread { inbox, open, thread })
        };
        let threads = (0..count.get()).map(start).collect::<io::Result<_>>()?;
        Ok(Self { threads, connections })
    }

    /// Gives a connection to the thread that has the fewest.
    pub(crate) fn deal(&self, accepted: Accepted<tokio::net::TcpStream>) {
        let peer = accepted.peer;
        // Tokio ties a stream to the event queue of the thread that has accepted it, so the bare
        // socket goes to the other one.
        match accepted.try_map_stream(tokio::net::TcpStream::into_std) {
            Ok(accepted) => self.send_to_least_loaded(accepted),
            Err(error) => limited!(DEBUG, "the connection broke at once", %peer, %error),
        }
    }

    fn send_to_least_loaded(&self, accepted: Accepted<TcpStream>) {
        let by_load = |thread: &&IoThread| thread.open.load(Ordering::Relaxed);
        let Some(least_loaded) = self.threads.iter().min_by_key(by_load) else { return };
        least_loaded.open.fetch_add(1, Ordering::Relaxed);
        let connection = TrackedConnection { accepted, tracked: self.connections.token() };
        // It only fails when the thread has ended, and then the server has.
        least_loaded.inbox.send(connection).ok();
    }

    /// The connections that are being served.
    pub(crate) fn connections(&self) -> &TaskTracker {
        &self.connections
    }

    /// Waits for the threads to end.
    pub(crate) async fn ended(self) {
        for IoThread { thread, .. } in self.threads {
            thread.ended().await;
        }
    }

    /// The threads themselves.
    pub(crate) fn threads(&self) -> impl Iterator<Item = &Thread> {
        self.threads.iter().map(|io_thread| &io_thread.thread)
    }
}

/// What a thread has to do.
struct Work<S> {
    accepted: mpsc::UnboundedReceiver<TrackedConnection>,
    served_by: Connections<S>,
    open: Arc<AtomicUsize>,
}

impl<S, R> Work<S>
where
    S: Service<Request<RequestBody>, Response = Response<R>, Error = Infallible>,
    S: Clone + Send + 'static,
    S::Future: Send + 'static,
    R: AnswerData,
{
    /// Serves what it is dealt, until `closing`.
    fn run(mut self, runtime: &Runtime, closing: &CancellationToken) {
        runtime.block_on(async {
            let serve_all = async {
                while let Some(accepted) = self.accepted.recv().await {
                    self.serve(accepted);
                }
            };
            tokio::select! {
                () = closing.cancelled() => {}
                () = serve_all => closing.cancelled().await,
            }
        });
    }

    fn serve(&self, TrackedConnection { accepted, tracked }: TrackedConnection) {
        let Accepted { stream, peer, permit, memory, candidate } = accepted;
        let open = Arc::clone(&self.open);
        let permit = ConnectionPermit { _among_all: permit, _memory: memory, open };
        let served_by = self.served_by.clone();
        tokio::spawn(async move {
            let (_tracked, _permit) = (tracked, permit);
            match tokio::net::TcpStream::from_std(stream) {
                Ok(stream) => served_by.serve(stream, peer, candidate).await,
                Err(error) => limited!(DEBUG, "the connection broke at once", %peer, %error),
            }
        });
    }
}

/// Counts a connection among those of its thread and of all, until its end.
struct ConnectionPermit {
    _among_all: OwnedSemaphorePermit,
    _memory: Taken,
    open: Arc<AtomicUsize>,
}

impl Drop for ConnectionPermit {
    fn drop(&mut self) {
        self.open.fetch_sub(1, Ordering::Relaxed);
    }
}
