//! A server that answers every call with the same frames, encoded before, and
//! reads no more of HTTP/2 than it must: what is measured is its caller.
//!
//! It knows no flow control in its own direction, so it is for callers with wide
//! windows and for short answers.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;

use conformance_wire::frames::{
    ACK, DATA, END_HEADERS, END_STREAM, HEADERS, PING, PREFACE, RST_STREAM, SETTINGS, WINDOW_UPDATE,
};
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// Length, type, flags and stream of a frame.
const HEAD: usize = 9;
const READ_BYTES: usize = 64 * 1024;
/// What a caller may send until it is told that it may send as much again.
const WINDOW_BYTES: u32 = 1 << 30;
/// The window that HTTP/2 begins with.
const FIRST_WINDOW_BYTES: u32 = 65_535;

/// What every call is answered with.
#[derive(Clone, Copy, Debug)]
#[allow(dead_code, reason = "a test and a bench each need some of them")]
pub(crate) enum Answer {
    /// The code OK, after so many messages of so many bytes.
    Messages(usize, usize),
    /// The code OK, after so many steps of a computation.
    AfterSteps(u32),
    /// This code, in trailers alone.
    Code(u8),
    /// The code `RESOURCE_EXHAUSTED` with these details, of less than 127 letters.
    Refused(&'static str),
    /// A reset, since the stream is refused.
    Reset,
    /// Nothing.
    Silence,
    /// The code OK, and the connection is closed after so many calls.
    ClosesAfter(usize),
    /// The code OK, and nothing after so many calls on a connection.
    SilentAfter(usize),
}

/// Serves on a free port of this machine, in a thread that lives as long as the
/// program, with TLS if there is a configuration for it.
pub(crate) fn start(answer: Answer, tls: Option<Arc<ServerConfig>>) -> SocketAddr {
    start_at(0, answer, tls)
}

/// The same on this port.
pub(crate) fn start_at(port: u16, answer: Answer, tls: Option<Arc<ServerConfig>>) -> SocketAddr {
    let listener = std::net::TcpListener::bind(("127.0.0.1", port)).expect("a free port");
    let address = listener.local_addr().expect("it has an address");
    listener.set_nonblocking(true).expect("a socket can be so");
    let tls = tls.map(TlsAcceptor::from);
    thread::spawn(move || serve(listener, answer, tls.as_ref()));
    address
}

fn serve(listener: std::net::TcpListener, answer: Answer, tls: Option<&TlsAcceptor>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a thread").block_on(async {
        let listener = TcpListener::from_std(listener).expect("it is non-blocking");
        loop {
            if let Ok((stream, _)) = listener.accept().await {
                let tls = tls.cloned();
                // What ends a connection is seen by its caller.
                tokio::spawn(async move { drop(accept(stream, answer, tls).await) });
            }
        }
    });
}

async fn accept(stream: TcpStream, answer: Answer, tls: Option<TlsAcceptor>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    match tls {
        None => Connection::new(answer).serve(stream).await,
        Some(tls) => Connection::new(answer).serve(tls.accept(stream).await?).await,
    }
}

struct Connection {
    answer: Answer,
    /// The frames of an answer, for stream 0, and where its streams are written.
    frames: Vec<u8>,
    streams_at: Vec<usize>,
    calls: usize,
    received: u32,
    out: Vec<u8>,
}

impl Connection {
    fn new(answer: Answer) -> Self {
        let frames = frames(answer);
        let mut streams_at = Vec::new();
        let mut at = 0;
        while at < frames.len() {
            streams_at.push(at + 5);
            at += HEAD + length(&frames[at..]);
        }
        Self { answer, frames, streams_at, calls: 0, received: 0, out: Vec::new() }
    }

    async fn serve(mut self, mut stream: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<()> {
        let mut preface = [0; PREFACE.len()];
        stream.read_exact(&mut preface).await?;
        push(&mut self.out, SETTINGS, 0, 0, &[]);
        let more = (WINDOW_BYTES - FIRST_WINDOW_BYTES).to_be_bytes();
        push(&mut self.out, WINDOW_UPDATE, 0, 0, &more);
        let mut read = Vec::with_capacity(READ_BYTES);
        loop {
            stream.write_all(&self.out).await?;
            stream.flush().await?;
            self.out.clear();
            if matches!(self.answer, Answer::ClosesAfter(calls) if self.calls >= calls) {
                return Ok(());
            }
            if stream.read_buf(&mut read).await? == 0 {
                return Ok(());
            }
            let mut at = 0;
            while let Some(frame) = frame(&read[at..]) {
                self.take(frame);
                at += frame.len();
            }
            read.drain(..at);
        }
    }

    fn take(&mut self, frame: &[u8]) {
        let (kind, flags) = (frame[3], frame[4]);
        match kind {
            SETTINGS if flags & ACK == 0 => push(&mut self.out, SETTINGS, ACK, 0, &[]),
            PING if flags & ACK == 0 => push(&mut self.out, PING, ACK, 0, &frame[HEAD..]),
            DATA | HEADERS => {
                if kind == DATA {
                    self.give_window((frame.len() - HEAD) as u32);
                }
                if flags & END_STREAM != 0 {
                    self.answer(&frame[5..HEAD]);
                }
            }
            _ => {}
        }
    }

    fn give_window(&mut self, received: u32) {
        self.received += received;
        if self.received >= WINDOW_BYTES / 2 {
            push(&mut self.out, WINDOW_UPDATE, 0, 0, &self.received.to_be_bytes());
            self.received = 0;
        }
    }

    fn answer(&mut self, stream: &[u8]) {
        self.calls += 1;
        if matches!(self.answer, Answer::SilentAfter(calls) if self.calls > calls) {
            return;
        }
        if let Answer::AfterSteps(steps) = self.answer {
            compute(steps);
        }
        let from = self.out.len();
        self.out.extend_from_slice(&self.frames);
        for at in &self.streams_at {
            self.out[from + at..from + at + 4].copy_from_slice(stream);
        }
    }
}

/// Takes about as long for each step, on any machine.
fn compute(steps: u32) {
    let computed = (0..steps).fold(1_u64, |state, step| {
        std::hint::black_box(state.wrapping_mul(6_364_136_223_846_793_005) ^ u64::from(step))
    });
    std::hint::black_box(computed);
}

/// The answer's frames, for stream 0. Header fields are literals that are not
/// indexed, so that no state is needed; status 200 is in the static table.
fn frames(answer: Answer) -> Vec<u8> {
    const STATUS_200: u8 = 0x88;
    let mut head = vec![STATUS_200];
    // Name 31 of the static table, in a prefix of four bits.
    literal(&mut head, &[0x0f, 31 - 15], b"application/grpc");
    let status = |code: u8| {
        let mut field = Vec::new();
        literal(&mut field, &[&[0, 11][..], b"grpc-status"].concat(), code.to_string().as_bytes());
        field
    };
    let mut frames = Vec::new();
    match answer {
        Answer::Silence => {}
        Answer::Reset => push(&mut frames, RST_STREAM, 0, 0, &7_u32.to_be_bytes()),
        Answer::Code(code) => {
            head.extend(status(code));
            push(&mut frames, HEADERS, END_HEADERS | END_STREAM, 0, &head);
        }
        Answer::Refused(details) => {
            head.extend(status(8));
            let name = [&[0, 23][..], b"grpc-status-details-bin"].concat();
            literal(&mut head, &name, details.as_bytes());
            push(&mut frames, HEADERS, END_HEADERS | END_STREAM, 0, &head);
        }
        Answer::Messages(..)
        | Answer::AfterSteps(_)
        | Answer::ClosesAfter(_)
        | Answer::SilentAfter(_) => {
            let (messages, bytes) = match answer {
                Answer::Messages(messages, bytes) => (messages, bytes),
                _ => (1, 0),
            };
            let mut message = vec![0];
            message.extend_from_slice(&(bytes as u32).to_be_bytes());
            message.resize(5 + bytes, 0);
            push(&mut frames, HEADERS, END_HEADERS, 0, &head);
            for _ in 0..messages {
                push(&mut frames, DATA, 0, 0, &message);
            }
            push(&mut frames, HEADERS, END_HEADERS | END_STREAM, 0, &status(0));
        }
    }
    frames
}

fn literal(block: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    block.extend_from_slice(name);
    block.push(value.len() as u8);
    block.extend_from_slice(value);
}

fn push(frames: &mut Vec<u8>, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
    frames.extend_from_slice(&(payload.len() as u32).to_be_bytes()[1..]);
    frames.extend_from_slice(&[kind, flags]);
    frames.extend_from_slice(&stream.to_be_bytes());
    frames.extend_from_slice(payload);
}

fn length(frame: &[u8]) -> usize {
    frame[..3].iter().fold(0, |length, byte| length << 8 | usize::from(*byte))
}

/// The first frame of what was read, if it is all there.
fn frame(read: &[u8]) -> Option<&[u8]> {
    if read.len() < HEAD {
        return None;
    }
    read.get(..HEAD + length(read))
}
