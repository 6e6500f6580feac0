//! `mfn serve`.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, ChildStdout, Command, Stdio};

use mfn_proto::SimulationRequest;
use mfn_proto::mfn_simulation_service_client::MfnSimulationServiceClient as SimulationClient;
use serde_json::Value;

use crate::{mfn, stdout_of, text};

/// A server that has said that it is ready.
struct Serving {
    program: Child,
    stdout: BufReader<ChildStdout>,
    line: String,
}

impl Serving {
    fn start(arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut program = mfn(&[&["serve"], arguments].concat())
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("mfn starts");
        let mut stdout = BufReader::new(program.stdout.take().expect("piped"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("it can be read");
        Self { program, stdout, line }
    }

    fn address(&self) -> SocketAddr {
        let address = self.line.split_whitespace().nth(4);
        address.and_then(|address| address.parse().ok()).expect(&self.line)
    }

    async fn client(&self) -> SimulationClient<tonic::transport::Channel> {
        let address = format!("http://{}", self.address());
        SimulationClient::connect(address).await.expect("it listens")
    }

    fn signal(&self, signal: &str) {
        let id = self.program.id().to_string();
        let sent = Command::new("kill").args(["-s", signal, &id]).status().expect("kill starts");
        assert!(sent.success(), "{sent}");
    }

    /// Its exit code, and what else it has printed.
    fn end(mut self) -> (Option<i32>, String) {
        let code = self.program.wait().expect("it ends").code();
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).expect("it can be read");
        (code, rest)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // A test that has failed leaves no server behind.
        self.program.kill().ok();
        self.program.wait().ok();
    }
}

#[test]
fn it_says_where_it_listens_and_ends_cleanly_on_either_signal() {
    for signal in ["TERM", "INT"] {
        let server = Serving::start(&["--port", "0"], &[]);
        let port = server.address().port();
        assert_ne!(port, 0);
        let version = env!("CARGO_PKG_VERSION");
        let expected =
            format!("mfn {version} listening on 127.0.0.1:{port} (plaintext, no authentication)\n");
        assert_eq!(server.line, expected);
        server.signal(signal);
        assert_eq!(server.end(), (Some(0), String::new()), "SIG{signal}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_answers_what_simulate_prints() {
    let server = Serving::start(&["--port", "0"], &[]);
    let request = SimulationRequest { seed: 42, ..Default::default() };
    let answer = server.client().await.run_simulation(request).await.expect("an answer");
    let json = stdout_of(&["simulate", "--json", "--seed", "42"]);
    let json: Value = serde_json::from_str(&json).expect("JSON");
    let answer = answer.into_inner();
    assert_eq!(json["result"]["fractal_dimension"], answer.fractal_dimension);
    assert_eq!(json["result"]["pot_std_mV"], answer.pot_std_m_v);
    assert_eq!(json["result"]["growth_events"], answer.growth_events);
    server.signal("TERM");
    assert_eq!(server.end(), (Some(0), String::new()));
}

#[test]
fn variables_say_where_to_listen_and_flags_win() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = taken.local_addr().expect("an address").port().to_string();
    let variables = [("MFN_GRPC_PORT", &*port), ("MFN_GRPC_HOST", "127.0.0.2")];
    let server = Serving::start(&["--host", "127.0.0.1", "--port", "0"], &variables);
    assert_ne!(server.address().port().to_string(), port);
    drop(server);

    drop(taken);
    let variables = [("MFN_GRPC_PORT", &*port), ("MFN_GRPC_HOST", "127.0.0.1")];
    let server = Serving::start(&[], &variables);
    assert_eq!(server.address().to_string(), format!("127.0.0.1:{port}"));
}

#[test]
fn a_port_that_is_taken_is_said_in_one_line() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = taken.local_addr().expect("an address").port().to_string();
    let output = mfn(&["serve", "--port", &port]).output().expect("mfn starts");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(text(output.stdout), "");
    insta::assert_snapshot!(text(output.stderr).replace(&port, "PORT"), @"error: cannot listen on 127.0.0.1:PORT: port PORT is taken, by a program that listens there or by a connection from this machine, which may hold it for a minute after its end; choose another --port, or 0 for any");
}
