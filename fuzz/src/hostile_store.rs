//! The store at the other end of one connection: it reads commands as Redis does, and answers
//! each as the next step of a script says.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mfn_shared_limits::fuzzing::MOST_BYTES;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::time::sleep;

use crate::admissions::Answers;
use crate::input::Input;

#[cfg(test)]
mod tests;

/// Bytes that either side can have on the way.
pub(crate) const PIPE_BYTES: usize = 64 * 1024;
/// Commands that the client may have sent, and so takes the answers of, and that are not read
/// here yet: more than there are calls.
const UNREAD_COMMANDS: usize = 64;
/// What a store that does as it should answers to the loading of a script.
const LOADED: &[u8] = b"$40\r\n0123456789012345678901234567890123456789\r\n";

/// What a store may say in the place of an answer.
const SAYINGS: [&[u8]; 24] = [
    b"*1\r\n:1\r\n",
    b"*1\r\n:2\r\n",
    b"*1\r\n:3\r\n",
    b"*2\r\n:5\r\n:9223372036854775807\r\n",
    b"*2\r\n:4\r\n:250000\r\n",
    b"*2\r\n:4\r\n:-1\r\n",
    b"*2\r\n:4\r\n:9223372036854775807\r\n",
    b"*2\r\n:0\r\n:0\r\n",
    b"*-1\r\n",
    b":0\r\n",
    b"+OK\r\n",
    b"+PONG\r\n",
    b"$-1\r\n",
    b"-NOSCRIPT no such script\r\n",
    b"-READONLY a copy\r\n",
    b"-OOM \x1b[2J\r\n",
    b"-\r\n",
    b"_\r\n",
    b",nan\r\n",
    b"#t\r\n",
    b"=9\r\ntxt:a\r\nbc\r\n",
    b">2\r\n+invalidate\r\n*0\r\n",
    b"|1\r\n+a\r\n+b\r\n*1\r\n:0\r\n",
    b"%1\r\n+a\r\n:1\r\n",
];

/// What a store sends, and what it has sent.
pub(crate) struct Script {
    steps: Vec<u8>,
    at: usize,
    /// Those of each connection.
    answers: Vec<Answers>,
}

impl Script {
    /// That of these `steps`, of which every command takes one.
    pub(crate) fn of(steps: &[u8]) -> Shared {
        Arc::new(Mutex::new(Self { steps: steps.to_vec(), at: 0, answers: Vec::new() }))
    }

    /// How many calls it has admitted at most.
    pub(crate) fn admissions(&self) -> usize {
        self.answers.iter().map(Answers::admissions).sum()
    }
}

/// The script of all connections.
pub(crate) type Shared = Arc<Mutex<Script>>;

pub(crate) fn locked(script: &Shared) -> MutexGuard<'_, Script> {
    script.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Answers on one connection, until either side ends it.
pub(crate) async fn store(mut io: DuplexStream, script: Shared) {
    let mut commands = Commands::default();
    let mut sent = Sent::on(&script);
    while let Some(command) = commands.next(&mut io).await {
        sent.allowed += MOST_BYTES.1;
        locked(&script).answers[sent.connection].begin(&command);
        if answer(&mut io, &command, &script, &mut sent).await.is_none() {
            return;
        }
    }
}

/// What one connection was sent, and what of it may have been taken.
struct Sent {
    connection: usize,
    bytes: usize,
    allowed: usize,
}

impl Sent {
    /// Nothing yet, on a further connection.
    fn on(script: &Shared) -> Self {
        let answers = &mut locked(script).answers;
        answers.push(Answers::default());
        let allowed = MOST_BYTES.0 + UNREAD_COMMANDS * MOST_BYTES.1 + PIPE_BYTES;
        Self { connection: answers.len() - 1, bytes: 0, allowed }
    }
}

/// Answers as the next step of the script says. None if the connection is over.
async fn answer(
    io: &mut DuplexStream,
    command: &[Vec<u8>],
    script: &Shared,
    sent: &mut Sent,
) -> Option<()> {
    let step = Step::next(&mut locked(script), command);
    match step {
        Step::Send(parts) => {
            for part in parts {
                send(io, &part, script, sent).await?;
                tokio::task::yield_now().await;
            }
        }
        Step::Late(ms, answer) => {
            sleep(Duration::from_millis(ms)).await;
            send(io, &answer, script, sent).await?;
        }
        Step::Endless(head) => {
            send(io, &head, script, sent).await?;
            while sent.bytes < 4 * sent.allowed {
                send(io, &[b'x'; 4096], script, sent).await?;
            }
        }
        Step::Nothing => {}
        Step::Close => return None,
    }
    Some(())
}

async fn send(io: &mut DuplexStream, bytes: &[u8], script: &Shared, sent: &mut Sent) -> Option<()> {
    locked(script).answers[sent.connection].send(bytes);
    io.write_all(bytes).await.ok()?;
    sent.bytes += bytes.len();
    assert!(
        sent.bytes <= sent.allowed,
        "{} bytes were taken, {} are enough",
        sent.bytes,
        sent.allowed
    );
    Some(())
}

enum Step {
    /// These, one after the other.
    Send(Vec<Vec<u8>>),
    /// This, after so many milliseconds.
    Late(u64, Vec<u8>),
    /// This, and then more without an end.
    Endless(Vec<u8>),
    Nothing,
    Close,
}

impl Step {
    /// The next one, which takes bytes of the `script`. After its end all is well.
    fn next(script: &mut Script, command: &[Vec<u8>]) -> Self {
        let mut input = Input::new(script.steps.get(script.at..).unwrap_or_default());
        let before = input.rest().len();
        let right = right_answer(command);
        let step = match input.byte() % 16 {
            1 => Self::Send(vec![input.pick(&SAYINGS).to_vec()]),
            2 => Self::Send(vec![input.short().to_vec()]),
            3 => Self::Nothing,
            4 => Self::Late(1 << (input.byte() % 14), right),
            5 => Self::Close,
            6 => Self::Send(vec![right, input.pick(&SAYINGS).to_vec()]),
            7 => Self::Send(vec![input.pick(&SAYINGS).to_vec(), right]),
            8 => Self::Send(vec![
                format!("*{}\r\n", input.byte()).repeat(input.byte().into()).into(),
            ]),
            9 => {
                let kind = char::from(*input.pick(b"$=!*%~|>"));
                let length = i64::from(input.number()) << (input.byte() % 32);
                Self::Endless(format!("{kind}{length}\r\n").into())
            }
            10 => {
                let at = usize::from(input.byte()) % right.len();
                Self::Send(vec![right[..at].to_vec(), right[at..].to_vec()])
            }
            11 => Self::Endless(vec![*input.pick(b"+-:$*(,#_")]),
            12 => Self::Send(vec![format!("*2\r\n:4\r\n:{}\r\n", input.number()).into()]),
            _ => Self::Send(vec![right]),
        };
        script.at += before - input.rest().len();
        step
    }
}

/// What Redis answers.
fn right_answer(command: &[Vec<u8>]) -> Vec<u8> {
    let name = command.first().map(Vec::as_slice).unwrap_or_default();
    match name {
        b"SCRIPT" => LOADED.to_vec(),
        b"INFO" => b"$12\r\nrun_id:abcde\r\n".to_vec(),
        b"EVAL" | b"EVALSHA" => b"*1\r\n:0\r\n".to_vec(),
        b"ZREM" => b":1\r\n".to_vec(),
        b"PING" => b"+PONG\r\n".to_vec(),
        _ => b"+OK\r\n".to_vec(),
    }
}

/// The commands that come, as a store reads them.
#[derive(Default)]
struct Commands {
    read: Vec<u8>,
}

impl Commands {
    /// The next one; none once there are no more.
    async fn next(&mut self, io: &mut DuplexStream) -> Option<Vec<Vec<u8>>> {
        loop {
            if let Some((command, bytes)) = parse(&self.read) {
                self.read.drain(..bytes);
                return Some(command);
            }
            if io.read_buf(&mut self.read).await.ok()? == 0 {
                assert!(self.read.is_empty(), "half a command: {}", self.read.escape_ascii());
                return None;
            }
        }
    }
}

/// A whole command: a list of texts with their lengths.
fn parse(bytes: &[u8]) -> Option<(Vec<Vec<u8>>, usize)> {
    let (count, mut at) = number(bytes, b'*', 0)?;
    let mut command = Vec::new();
    for _ in 0..count {
        let (length, start) = number(bytes, b'$', at)?;
        command.push(bytes.get(start..start + length)?.to_vec());
        at = start + length + 2;
        assert_eq!(bytes.get(at - 2..at)?, b"\r\n", "no end of a text");
    }
    Some((command, at))
}

/// The number behind `mark`, and where its line ends.
fn number(bytes: &[u8], mark: u8, at: usize) -> Option<(usize, usize)> {
    let rest = bytes.get(at..)?;
    let end = rest.windows(2).position(|two| two == b"\r\n")?;
    assert_eq!(rest[0], mark, "no command: {}", rest.escape_ascii());
    let digits = std::str::from_utf8(&rest[1..end]).ok()?;
    Some((digits.parse().expect("a number"), at + end + 2))
}
