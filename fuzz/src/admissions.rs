//! How many calls a store has admitted at most, by what it has answered on a connection.

/// Bytes of an answer that are looked at. No longer one admits a call.
const MAX_BYTES: usize = 4096;
/// How deep the lists of an answer may be in each other.
const MAX_DEPTH: usize = 16;
/// What the admission of a call is told by: it has its keys, and those of a signature.
const KEYS_OF_ADMISSIONS: [&[u8]; 2] = [b"2", b"4"];

/// What was sent on one connection for each command, in their order.
#[derive(Default)]
pub(crate) struct Answers(Vec<Answer>);

#[derive(Default)]
struct Answer {
    asks_for_admission: bool,
    /// The first of them.
    bytes: Vec<u8>,
    /// How many lists may begin in all of them.
    lists: usize,
}

impl Answers {
    /// From here on `command` is answered.
    pub(crate) fn begin(&mut self, command: &[Vec<u8>]) {
        let is_call = command.first().is_some_and(|name| name.starts_with(b"EVAL"));
        let keys = command.get(2).map(Vec::as_slice).unwrap_or_default();
        let asks_for_admission = is_call && KEYS_OF_ADMISSIONS.contains(&keys);
        self.0.push(Answer { asks_for_admission, ..Answer::default() });
    }

    /// These `bytes` are sent.
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        let Some(answer) = self.0.last_mut() else { return };
        let room = MAX_BYTES - answer.bytes.len();
        answer.bytes.extend(bytes.iter().take(room));
        answer.lists += bytes.split(|byte| *byte == b'*').count() - 1;
    }

    /// As long as each command is answered once, an answer is that to its command. Behind one
    /// that is not, nobody knows here which is whose: every list may be an admission, such as the
    /// answer to a renewal of a call whose command is not even read yet.
    pub(crate) fn admissions(&self) -> usize {
        let is_plain = |answer: &&Answer| {
            value_bytes(&answer.bytes, MAX_DEPTH) == Some(answer.bytes.len())
                && answer.bytes.len() < MAX_BYTES
        };
        let plain = self.0.iter().take_while(is_plain).count();
        let (plain, others) = self.0.split_at(plain);
        let admits = |answer: &&Answer| answer.asks_for_admission && is_admission(&answer.bytes);
        let lists: usize = others.iter().map(|answer| answer.lists).sum();
        plain.iter().filter(admits).count() + lists
    }
}

/// How many bytes the value takes that `bytes` begin with, if they begin with a whole one of
/// the kinds that Redis has had from the beginning.
fn value_bytes(bytes: &[u8], depth: usize) -> Option<usize> {
    let (line, mut end) = line(bytes)?;
    match bytes[0] {
        b'+' | b'-' => {}
        b':' => {
            number(line)?;
        }
        b'$' => {
            if let Ok(length) = usize::try_from(number(line)?) {
                let after = bytes.get(end.checked_add(length)?..)?;
                end += length + after.starts_with(b"\r\n").then_some(2)?;
            }
        }
        b'*' => {
            for _ in 0..number(line)? {
                end += value_bytes(&bytes[end..], depth.checked_sub(1)?)?;
            }
        }
        _ => return None,
    }
    Some(end)
}

/// A list of the number 0 alone.
fn is_admission(value: &[u8]) -> bool {
    let Some((count, start)) = line(value) else { return false };
    let of_list = value.get(start..).and_then(|rest| Some((rest.first()?, line(rest)?.0)));
    value[0] == b'*'
        && number(count) == Some(1)
        && of_list.is_some_and(|(kind, first)| *kind == b':' && number(first) == Some(0))
}

/// The line that `bytes` begin with, without what its kind is and its end, and how many bytes
/// it takes.
fn line(bytes: &[u8]) -> Option<(&[u8], usize)> {
    let end = bytes.windows(2).position(|two| two == b"\r\n")?;
    Some((bytes.get(1..end)?, end + 2))
}

fn number(line: &[u8]) -> Option<i64> {
    std::str::from_utf8(line).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALL: &[&str] = &["EVALSHA", "0123", "2", "a", "b"];
    const CALL_ONCE: &[&str] = &["EVAL", "return 1", "4", "a", "b", "c", "d"];
    const RENEWAL: &[&str] = &["EVALSHA", "0123", "1", "a"];
    const ADMISSION: &str = "*1\r\n:0\r\n";

    /// How many calls are admitted where each command is answered with these parts.
    fn admissions(exchange: &[(&[&str], &[&str])]) -> usize {
        let mut answers = Answers::default();
        for (command, parts) in exchange {
            let words: Vec<_> = command.iter().map(|word| word.as_bytes().to_vec()).collect();
            answers.begin(&words);
            parts.iter().for_each(|part| answers.send(part.as_bytes()));
        }
        answers.admissions()
    }

    #[test]
    fn the_answer_of_a_call_admits_it() {
        assert_eq!(admissions(&[(CALL, &[ADMISSION]), (CALL_ONCE, &["*1\r\n", ":0\r\n"])]), 2);
    }

    #[test]
    fn no_other_answer_does_and_none_of_another_command() {
        for answer in [
            "",
            "*1\r\n",
            "*1\r\n:1\r\n",
            "*1\r\n+0\r\n",
            "*2\r\n:0\r\n:0\r\n",
            "*-1\r\n",
            ":0\r\n",
            "$4\r\n*1:0\r\n",
            "-*1\r\n",
        ] {
            // What is not whole may be, with what the store sends after it.
            let most = usize::from(answer == "*1\r\n");
            assert_eq!(admissions(&[(CALL, &[answer])]), most, "{answer:?}");
        }
        for command in [RENEWAL, &["PING"], &["SCRIPT", "LOAD", "2"], &["EVAL"]] {
            assert_eq!(admissions(&[(command, &[ADMISSION])]), 0, "{command:?}");
        }
    }

    #[test]
    fn behind_an_answer_too_many_each_list_may_admit() {
        let twice = (&["PING"][..], &["+PONG\r\n", "+PONG\r\n"][..]);
        assert_eq!(admissions(&[(CALL, &[ADMISSION]), twice, (RENEWAL, &[ADMISSION])]), 2);
        assert_eq!(admissions(&[(CALL, &[]), (CALL, &[ADMISSION])]), 1);
        assert_eq!(admissions(&[twice, (CALL, &[":0\r\n"])]), 0);
    }
}
