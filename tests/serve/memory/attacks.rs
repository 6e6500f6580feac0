//! What callers do to have the server hold much. All of it lasts until it is
//! dropped.

use std::future::poll_fn;
use std::time::Duration;

use bytes::Bytes;
use h2::SendStream;
use h2::client::{ResponseFuture, SendRequest};
use http::Request;
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::serving::Serving;
use crate::soon;

/// How long an upload waits for the server to take more of it.
const UPLOAD_TIMEOUT: Duration = Duration::from_secs(1);

/// How much of the answers a client takes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Reading {
    /// The head of each answer, and nothing after it.
    Head,
    /// What HTTP/2 lets the server send unasked of each stream.
    Window,
    /// Nothing from the socket, once it is told to stop.
    NotEvenTheSocket,
}

/// Connections with calls whose answers are not read.
pub(crate) struct Unread(Vec<Connection>);

struct Connection {
    requests: SendRequest<Bytes>,
    stop_reading: Option<oneshot::Sender<()>>,
    calls: Vec<(ResponseFuture, SendStream<Bytes>)>,
}

impl Unread {
    /// So many connections.
    pub(crate) async fn connect(server: &Serving, count: usize, reading: Reading) -> Self {
        let mut connections = Vec::new();
        for _ in 0..count {
            connections.push(connect(server, reading).await);
        }
        Self(connections)
    }

    /// Makes so many calls on each of them.
    pub(crate) async fn call(&mut self, count: usize, head: impl Fn() -> Request<()>, body: &[u8]) {
        for connection in &mut self.0 {
            for _ in 0..count {
                connection.begin(head(), body, true).await;
            }
        }
    }

    /// Waits for the heads of all answers, and says how many came.
    pub(crate) async fn heads(&mut self) -> usize {
        let calls = self.0.iter_mut().flat_map(|connection| &mut connection.calls);
        let heads = calls.map(|(answer, _)| async { soon("a head", answer).await.is_ok() });
        let heads = futures_util::future::join_all(heads).await;
        heads.into_iter().filter(|is_there| *is_there).count()
    }

    /// From now on nothing is taken from the sockets where nothing is to be.
    pub(crate) fn stop_reading(&mut self) {
        for connection in &mut self.0 {
            connection.stop_reading.take();
        }
    }
}

impl Connection {
    async fn begin(&mut self, head: Request<()>, body: &[u8], is_complete: bool) {
        let mut ready = soon("room", self.requests.clone().ready()).await.expect("it is open");
        let (answer, mut sender) = ready.send_request(head, false).expect("it is sent");
        sender.send_data(Bytes::copy_from_slice(body), is_complete).expect("it is sent");
        self.calls.push((answer, sender));
    }

    /// Sends so many bytes more of its calls, as far as the server takes them.
    async fn send(&mut self, bytes: usize) {
        let zeros = Bytes::from(vec![0; 1 << 16]);
        for (_, sender) in &mut self.calls {
            let mut left = bytes;
            while left > 0 {
                sender.reserve_capacity(zeros.len().min(left));
                let capacity = poll_fn(|cx| sender.poll_capacity(cx));
                let Ok(Some(Ok(capacity))) = timeout(UPLOAD_TIMEOUT, capacity).await else { break };
                let count = capacity.min(zeros.len()).min(left);
                if sender.send_data(zeros.slice(..count), false).is_err() {
                    break;
                }
                left -= count;
            }
        }
    }
}

/// Uploads messages of so many bytes, which are one unknown field, and does not end
/// them.
pub(crate) async fn upload(
    server: &Serving,
    count: usize,
    head: impl Fn() -> Request<()>,
    bytes: u32,
) -> Unread {
    const FIELD_15_LENGTH_DELIMITED: u8 = 15 << 3 | 2;
    let varint = [bytes, bytes >> 7, bytes >> 14].map(|bits| bits as u8 | 0x80);
    let last = (bytes >> 21) as u8;
    // The field has the tag and four bytes of length more than its content.
    let message = (bytes + 5).to_be_bytes();
    let begin = [&[0], &message[..], &[FIELD_15_LENGTH_DELIMITED], &varint, &[last]].concat();
    let mut uploads = Unread::connect(server, count, Reading::Window).await;
    for connection in &mut uploads.0 {
        connection.begin(head(), &begin, false).await;
        connection.send(bytes as usize - 1).await;
    }
    uploads
}

async fn connect(server: &Serving, reading: Reading) -> Connection {
    const LARGEST: u32 = (1 << 31) - 1;
    let stream = TcpStream::connect(server.address).await.expect("it listens");
    stream.set_nodelay(true).expect("a socket");
    let mut client = h2::client::Builder::new();
    client.initial_max_send_streams(2000);
    let (stop_reading, stopped) = oneshot::channel();
    let is_read_to_the_end = match reading {
        Reading::Head => {
            client.initial_window_size(0);
            true
        }
        Reading::Window => true,
        Reading::NotEvenTheSocket => {
            client.initial_window_size(LARGEST).initial_connection_window_size(LARGEST);
            false
        }
    };
    let (requests, mut connection) =
        client.handshake::<_, Bytes>(stream).await.expect("it speaks HTTP/2");
    tokio::spawn(async move {
        if is_read_to_the_end {
            connection.await.ok();
            return;
        }
        tokio::select! {
            _ = &mut connection => {}
            // It keeps the socket, and looks at it no more.
            _ = stopped => std::future::pending().await,
        }
    });
    Connection { requests, stop_reading: Some(stop_reading), calls: Vec::new() }
}
