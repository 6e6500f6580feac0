//! A log whose sink takes lines slowly, refuses them, or panics.

use std::sync::mpsc::{Receiver, Sender, channel};

use super::*;

/// A sink that asks the test, once for each write, what to do.
struct Sink {
    answers: Receiver<Answer>,
    written: Sender<String>,
}

enum Answer {
    Take,
    Refuse(ErrorKind),
    Panic,
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.answers.recv().unwrap_or(Answer::Take) {
            Answer::Take => {
                self.written.send(String::from_utf8_lossy(bytes).into_owned()).ok();
                Ok(bytes.len())
            }
            Answer::Refuse(kind) => Err(kind.into()),
            Answer::Panic => panic!("of the test"),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn start() -> (LogThread, LogWriter, Sender<Answer>, Receiver<String>) {
    let (answer, answers) = channel();
    let (written, all_written) = channel();
    let (thread, writer) = LogThread::start(Sink { answers, written }).expect("a thread");
    (thread, writer, answer, all_written)
}

// shows MFN-CONF-009
#[test]
fn a_sink_that_takes_nothing_holds_nobody_up_and_the_lines_beyond_the_buffer_are_counted() {
    let (mut thread, mut writer, answer, written) = start();
    let line = [&[b'x'; 1023][..], b"\n"].concat();
    for _ in 0..3000 {
        writer.write_all(&line).expect("it never fails");
    }
    {
        let state = thread.lines.state();
        assert!(state.waiting.len() <= BUFFER_BYTES);
        let kept = count(&state.waiting) + state.in_writing;
        assert_eq!(kept + state.left_out, 3000);
        assert!(state.left_out >= 3000 - 2 * 1024, "{}", state.left_out);
    }
    // Nor does the end wait for it.
    thread.end_by(Instant::now());
    drop(thread);
    assert!(written.try_recv().is_err());
    drop(answer);
}

#[test]
fn a_sink_that_is_full_for_a_while_gets_all_lines_once() {
    let (thread, mut writer, answer, written) = start();
    writer.write_all(b"first\n").expect("it never fails");
    for kind in [ErrorKind::WouldBlock, ErrorKind::Interrupted] {
        answer.send(Answer::Refuse(kind)).expect("it asks");
    }
    drop(answer);
    drop(thread);
    assert_eq!(written.iter().collect::<String>(), "first\n");
}

#[test]
fn lines_that_a_broken_sink_refused_are_counted_and_the_next_ones_offered() {
    for failure in [Answer::Refuse(ErrorKind::BrokenPipe), Answer::Panic] {
        let (thread, mut writer, answer, written) = start();
        writer.write_all(b"first\n").expect("it never fails");
        answer.send(failure).expect("it asks");
        while thread.lines.state().left_out == 0 {
            thread::yield_now();
        }
        writer.write_all(b"second\n").expect("it never fails");
        answer.send(Answer::Take).expect("it asks");
        assert_eq!(written.recv().expect("it is written"), "second\n");
        drop((answer, thread));
    }
}
