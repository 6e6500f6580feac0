//! As much of HTTP/2 as one call after the other needs, with as few instructions as
//! can be: they are counted with those of the server.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use conformance_wire::frames::{
    ACK, DATA, END_HEADERS, END_STREAM, Frame, HEADERS, PING, PREFACE, SETTINGS, WINDOW_UPDATE,
    literal,
};

use crate::call::{Call, METHOD};

/// Length, type, flags and stream of a frame.
const HEAD: usize = 9;

/// Fields of the static table of HPACK: `:method: POST`, `:scheme: http`, and the name
/// of `:path` for a literal that is not indexed.
const POST: u8 = 0x83;
const HTTP: u8 = 0x86;
const PATH: u8 = 0x04;

/// `:status: 200` of the static table.
const OK: u8 = 0x88;

pub(crate) struct Connection {
    stream: TcpStream,
    /// The frames of a request, and where the stream's id stands in each.
    request: Vec<u8>,
    ids_at: [usize; 2],
    next_id: u32,
    read: Vec<u8>,
    answer_begins_with: u8,
}

impl Connection {
    /// All calls will be this one.
    pub(crate) fn begin(mut stream: TcpStream, call: &Call) -> Self {
        let mut block = vec![POST, HTTP, PATH];
        text(&mut block, METHOD);
        if let Some(host) = call.host {
            literal(&mut block, ":authority", host);
        }
        for (name, value) in &call.headers {
            literal(&mut block, name, value);
        }
        let headers = frame(HEADERS, END_HEADERS, &block);
        let ids_at = [5, headers.len() + 5];
        let request = [headers, frame(DATA, END_STREAM, &call.body)].concat();

        stream.set_nodelay(true).expect("a socket can be so");
        let window = frame(WINDOW_UPDATE, 0, &(1_u32 << 30).to_be_bytes());
        let beginning = [PREFACE, &frame(SETTINGS, 0, &[]), &window].concat();
        stream.write_all(&beginning).expect("the server reads");
        let answer_begins_with = call.answer_begins_with;
        Self { stream, request, ids_at, next_id: 1, read: Vec::new(), answer_begins_with }
    }

    /// Makes a call, and reads its answer to the end.
    pub(crate) fn call(&mut self) {
        let id = self.next_id.to_be_bytes();
        for at in self.ids_at {
            self.request[at..at + 4].copy_from_slice(&id);
        }
        self.stream.write_all(&self.request).expect("the server reads");
        self.read_answer(id);
        self.next_id += 2;
    }

    fn read_answer(&mut self, id: [u8; 4]) {
        let mut has_message = false;
        loop {
            let frame = self.read_frame();
            let (kind, flags, payload) = (frame[3], frame[4], &frame[HEAD..]);
            match kind {
                SETTINGS | PING if flags & ACK == 0 => {
                    let echoed = if kind == PING { payload } else { &[] };
                    let ack = self::frame(kind, ACK, echoed);
                    self.stream.write_all(&ack).expect("the server reads");
                }
                DATA | HEADERS => {
                    assert_eq!(frame[5..HEAD], id, "an answer to another call");
                    if kind == DATA && !payload.is_empty() && !has_message {
                        assert_eq!(payload[0], self.answer_begins_with, "the call was refused");
                        has_message = true;
                    } else if kind == HEADERS && !has_message {
                        assert_eq!(payload[0], OK, "the call was refused");
                    }
                    if flags & END_STREAM != 0 {
                        assert!(has_message, "the call was refused");
                        return;
                    }
                }
                _ => {}
            }
        }
    }

    fn read_frame(&mut self) -> Vec<u8> {
        loop {
            if let Some(head) = self.read.get(..HEAD) {
                let length = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
                if self.read.len() >= HEAD + length {
                    return self.read.drain(..HEAD + length).collect();
                }
            }
            let mut buffer = [0; 4096];
            let length = self.stream.read(&mut buffer).expect("the server answers");
            assert!(length > 0, "the server has closed the connection");
            self.read.extend_from_slice(&buffer[..length]);
        }
    }
}

/// A text of less than 127 bytes, as it is.
fn text(block: &mut Vec<u8>, text: &str) {
    block.push(text.len() as u8);
    block.extend_from_slice(text.as_bytes());
}

/// A frame of the connection; a stream's gets its id later.
fn frame(kind: u8, flags: u8, payload: &[u8]) -> Vec<u8> {
    Frame::new(kind, flags, 0, payload).bytes()
}
