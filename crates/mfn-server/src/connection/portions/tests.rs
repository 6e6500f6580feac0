//! What is read of a connection before its calls are looked at.

use futures_util::FutureExt as _;
use tokio::io::AsyncReadExt as _;

use super::*;
use crate::connection::abandoned_calls::AbandonedCalls;
use crate::connection::frames::tests::frame;
use crate::eviction::Candidates;
use crate::memory::{Budget, INCLUDED_STREAMS, StreamMemory};

/// Streams with `budget` bytes for all that is beyond those included.
fn streams(budget: usize) -> Streams {
    let candidate = Arc::new(Candidates::default().enter());
    let memory = StreamMemory::new(Budget::new(budget));
    Streams::new(1000, memory.of_connection(candidate), AbandonedCalls::new(1000))
}

/// A connection on which these frames come.
fn begun_with(frames: &[u8]) -> Vec<u8> {
    [PREFACE.as_slice(), frames].concat()
}

struct Read<'a> {
    io: Portions<&'a [u8]>,
    present: Portion,
    received: Vec<u8>,
}

impl<'a> Read<'a> {
    fn of(sent: &'a [u8], streams: &Streams) -> Self {
        let present = Portion::default();
        let io = Portions::new(sent, present.clone(), streams.clone());
        Self { io, present, received: Vec::new() }
    }

    /// Reads a portion by parts of so many bytes, and returns how much that was.
    fn portion(&mut self, part: usize) -> usize {
        self.present.begin(false, false);
        self.rest_of_portion(part)
    }

    fn rest_of_portion(&mut self, part: usize) -> usize {
        let before = self.received.len();
        let mut buffer = vec![0; part];
        while let Some(read) = self.io.read(&mut buffer).now_or_never() {
            match read.expect("it can be read") {
                0 => break,
                bytes => self.received.extend_from_slice(&buffer[..bytes]),
            }
        }
        self.received.len() - before
    }
}

#[tokio::test]
async fn what_comes_is_read_in_portions() {
    let sent = begun_with(&frame(DATA, 1, &vec![7; 3 * PORTION_BYTES - 9 - PREFACE.len()]));
    let mut read = Read::of(&sent, &streams(0));
    for _ in 0..3 {
        assert_eq!(read.portion(PORTION_BYTES / 8), PORTION_BYTES);
    }
    assert_eq!(read.received, sent);
}

#[tokio::test]
async fn of_short_frames_few_are_in_a_portion_however_they_come() {
    let short = frame(DATA, 1, &[7]);
    let sent = begun_with(&short.repeat(2 * PORTION_FRAMES));
    for part in [1, 8, 9, 10, 8192] {
        let mut read = Read::of(&sent, &streams(0));
        // The last one may be there in part, or the head of the next.
        let first = read.portion(part);
        let expected = PREFACE.len() + PORTION_FRAMES * short.len();
        assert!(first.abs_diff(expected) < 10, "{first}");
        while read.portion(part) > 0 {}
        assert_eq!(read.received, sent, "in parts of {part}");
    }
}

#[tokio::test]
async fn where_there_is_much_to_do_callers_go_on_and_others_by_chance() {
    const PORTIONS: usize = 1000;
    let sent = begun_with(&frame(DATA, 1, &[7]).repeat(3 * PORTIONS));
    for is_admitted in [true, false] {
        let mut read = Read::of(&sent, &streams(0));
        read.present.begin(true, is_admitted);
        read.rest_of_portion(8192);
        let mut passed = 0;
        for _ in 0..PORTIONS {
            read.present.begin(true, is_admitted);
            passed += usize::from(read.rest_of_portion(8192) > 0);
        }
        assert_eq!(passed == PORTIONS, is_admitted, "{passed}");
        assert!(passed > 0, "it has its turn");
    }
}

#[tokio::test]
async fn a_call_begins_where_there_is_a_place_for_it_and_what_comes_before_is_read() {
    const WINDOW_UPDATE: u8 = 8;
    let streams = streams(0);
    let head = |n: usize| frame(HEADERS, 2 * n as u32 + 1, &[0; 20]);
    let begun: Vec<_> = (0..INCLUDED_STREAMS).flat_map(head).collect();
    let update = frame(WINDOW_UPDATE, 0, &[0, 0, 0, 1]);
    // Trailers begin no stream.
    let before = begun_with(&[begun, update, head(0)].concat());
    let sent = [before.clone(), head(INCLUDED_STREAMS), head(INCLUDED_STREAMS + 1)].concat();
    let mut read = Read::of(&sent, &streams);
    read.portion(8192);
    assert_eq!(read.received.len(), before.len() + 9);
    // They have become calls, and one has ended.
    let mut open: Vec<_> = (0..INCLUDED_STREAMS).map(|_| streams.begin()).collect();
    assert_eq!(read.portion(8192), 0);
    open.pop();
    assert_eq!(read.portion(8192), 20 + 9);
    assert_eq!(read.received, sent[..sent.len() - 20]);
}

#[tokio::test]
async fn no_call_begins_on_a_connection_that_takes_nothing() {
    let mut cx = Context::from_waker(std::task::Waker::noop());
    let sent = begun_with(&frame(HEADERS, 1, &[0; 20]));
    let mut read = Read::of(&sent, &streams(0));
    assert!(read.io.see(&cx, Poll::<()>::Pending).is_pending());
    assert_eq!(read.portion(8192), PREFACE.len() + 9);
    assert!(read.io.see(&cx, Poll::Ready(())).is_ready());
    assert_eq!(read.portion(8192), 20);
    let mut rest = ReadBuf::new(&mut []);
    assert!(Pin::new(&mut read.io).poll_read(&mut cx, &mut rest).is_ready());
}

#[tokio::test]
async fn headers_in_parts_begin_where_there_is_memory_for_the_longest() {
    let mut head = frame(HEADERS, 1, &[0; 20]);
    // It does not end here.
    head[4] = 0;
    let sent = begun_with(&head);
    let mut read = Read::of(&sent, &streams(0));
    assert_eq!(read.portion(8192), PREFACE.len() + 9);
    let mut read = Read::of(&sent, &streams(1 << 20));
    assert_eq!(read.portion(8192), sent.len());
}
