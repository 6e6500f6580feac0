use futures_util::FutureExt as _;

use super::*;
use crate::oracle_failures::assert_fails_with;

#[test]
fn commands_are_lists_of_texts() {
    let texts = |texts: [&str; 2]| texts.map(|text| text.as_bytes().to_vec()).to_vec();
    let command = b"*2\r\n$4\r\nECHO\r\n$2\r\n\r\n\r\n";
    for end in 0..command.len() {
        assert_eq!(parse(&command[..end]), None, "{end} bytes");
    }
    let two = [&command[..], b"*1"].concat();
    assert_eq!(parse(&two), Some((texts(["ECHO", "\r\n"]), command.len())));
    for (told, bytes) in [
        ("no command: ECHO", "ECHO\r\n"),
        ("no command: :4", "*1\r\n:4\r\n"),
        ("a number", "*x\r\n"),
        ("a number", "*1\r\n$-1\r\n"),
        ("no end of a text", "*1\r\n$4\r\nECHO1\r\n"),
    ] {
        assert_fails_with(told, || parse(bytes.as_bytes()));
    }
}

#[test]
fn a_client_ends_with_a_whole_command() {
    let next = |sent: &[u8]| {
        let (mut ours, mut other) = tokio::io::duplex(PIPE_BYTES);
        let written = ours.write_all(sent).now_or_never();
        written.expect("there is room").expect("nobody has left");
        drop(ours);
        let mut commands = Commands::default();
        commands.next(&mut other).now_or_never().expect("all of it is there")
    };
    assert_eq!(next(b"*0\r\n"), Some(Vec::new()));
    assert_eq!(next(b""), None);
    assert_fails_with("half a command: *1", || next(b"*1"));
}

#[test]
fn a_client_takes_no_more_than_is_enough() {
    let send = |bytes: &[u8]| {
        let (mut ours, _other) = tokio::io::duplex(PIPE_BYTES);
        let script = Script::of(&[]);
        let mut sent = Sent { allowed: 3, ..Sent::on(&script) };
        send(&mut ours, bytes, &script, &mut sent).now_or_never().expect("there is room")
    };
    assert_eq!(send(b"abc"), Some(()));
    assert_fails_with("4 bytes were taken, 3 are enough", || send(b"abcd"));
}
