//! Where nothing can be tested, the program says so in one line, and ends with exit code 2.
#![forbid(unsafe_code)]

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use conformance_wire::start::{free_port, without_settings};
use mfn_server::{AuditLog, Config, Server, TlsFiles};
use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};
use rustix::process::{Pid, Signal, kill_process};
use tokio::runtime::Runtime;

const LOOK_EVERY: Duration = Duration::from_millis(10);
/// What no run of nothing takes, on a machine that is busy.
const HANG: Duration = Duration::from_mins(1);

/// `conformance run` with these arguments, and no variable that it heeds.
fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_conformance"));
    without_settings(&mut command);
    command.arg("run").args(arguments);
    command
}

/// Its exit code and all lines.
fn run(arguments: &[&str]) -> (Option<i32>, Vec<String>) {
    let output = program(arguments).output().expect("it starts");
    let Output { status, stdout, stderr } = output;
    let text = String::from_utf8([stdout, stderr].concat()).expect("it writes UTF-8");
    (status.code(), text.lines().map(str::to_owned).collect())
}

#[test]
fn a_closed_port_is_told_in_one_line_and_not_of_every_test() {
    let target = format!("http://127.0.0.1:{}", free_port().expect("one is free"));
    let (code, lines) = run(&["--target", &target]);
    assert_eq!(code, Some(2));
    let [line] = &lines[..] else { panic!("{lines:?}") };
    let begin = format!("error: nothing can be tested: cannot connect to {target}: ");
    assert!(line.starts_with(&begin), "{line}");
}

#[test]
fn a_command_that_starts_no_server_is_told_once() {
    let (code, lines) = run(&["--spawn", "exit 3 #"]);
    assert_eq!(code, Some(2));
    assert!(lines[0].starts_with("error: nothing can be tested: 'exit 3 #' "), "{lines:?}");
    assert!(lines.len() <= 10, "{lines:?}");
}

/// A wait without end would be seen: nothing else ends the run within this time.
#[test]
fn a_command_that_starts_no_server_is_not_waited_for() {
    let spawn = ["--spawn", "exit 3 #", "--ready-within", "600"];
    let mut command =
        program(&spawn).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
    let deadline = Instant::now() + HANG;
    let status = loop {
        match command.try_wait().expect("its state is known") {
            Some(status) => break status,
            None if Instant::now() < deadline => sleep(LOOK_EVERY),
            None => {
                command.kill().expect("it runs");
                panic!("it waits for a server that cannot come");
            }
        }
    };
    assert_eq!(status.code(), Some(2));
}

#[test]
fn a_run_that_somebody_stops_has_no_verdict() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let target = format!("http://{}", listener.local_addr().expect("it listens"));
    let options = ["--target", &target, "--timeout", "600"];
    let command = program(&options).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let command = command.expect("it starts");
    // It heeds signals before it connects, and is never answered.
    let _connection = listener.accept().expect("it connects");
    kill_process(Pid::from_child(&command), Signal::TERM).expect("it runs");
    let output = command.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "error: it was stopped\n");
}

#[test]
fn a_server_that_does_not_listen_in_time_is_told_with_the_flag() {
    let (code, lines) = run(&["--spawn", "sleep 100", "--start-within", "1"]);
    assert_eq!(code, Some(2));
    assert!(lines.concat().contains("after 1 s, which --start-within allows"), "{lines:?}");
}

#[test]
fn a_server_whose_certificate_is_an_authority_s_is_told_what_to_change() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("authority");
    fs::create_dir_all(&folder).expect("it can be made");
    let [certificates, key] = ["cert.pem", "key.pem"].map(|name| folder.join(name));
    let pair = KeyPair::generate().expect("there is chance");
    let mut params = CertificateParams::new(["127.0.0.1".to_owned()]).expect("an address");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let certificate = params.self_signed(&pair).expect("it signs itself");
    fs::write(&certificates, certificate.pem()).expect("it can be written");
    fs::write(&key, pair.serialize_pem()).expect("it can be written");

    let ca = certificates.to_str().expect("UTF-8").to_owned();
    let tls = Some(TlsFiles { certificates, key, client_roots: None });
    let config = Config { port: 0, tls, audit_log: AuditLog::Off, ..Config::default() };
    let runtime = Runtime::new().expect("it starts");
    let address = runtime.block_on(async {
        let server = Server::bind(config).expect("a port is free");
        let address = server.local_addr().expect("it listens");
        tokio::spawn(server.serve(std::future::pending()));
        address
    });
    let (code, lines) = run(&["--target", &format!("https://{address}"), "--ca", &ca]);
    assert_eq!(code, Some(2));
    assert!(lines[0].contains("that of an authority: give it one that says CA:FALSE"), "{lines:?}");
}
