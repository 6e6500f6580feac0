//! Certificates, keys and authorities that are replaced while the server runs.

use std::cell::Cell;
use std::net::SocketAddr;

use rcgen::date_time_ymd;
use rustls::pki_types::CertificateDer;
use tonic::transport::Identity;

use crate::caller::{SimulationClient, small};
use crate::serving::Serving;
use crate::soon;
use crate::tls::{Files, connected};

/// The certificate that the server shows on a new connection.
async fn shown(files: &Files, address: SocketAddr) -> CertificateDer<'static> {
    let stream = connected(files.trusted(), address).await;
    let (_, session) = stream.get_ref();
    session.peer_certificates().expect("it shows some")[0].clone()
}

/// Writes a new certificate and its key, and returns the certificate.
fn replace(files: &Files, serial: u64) -> CertificateDer<'static> {
    let (certificate, key) = files.issue_with(|params| params.serial_number = Some(serial.into()));
    files.write("server.pem", certificate.pem());
    files.write("server.key", key.serialize_pem());
    certificate.der().clone()
}

/// Calls until it is told to stop, on one connection that `stays` or on a new one for
/// each call: how many were answered. None may fail.
async fn call_until(stop: &Cell<bool>, files: &Files, address: SocketAddr, stays: bool) -> u32 {
    let mut answered = 0;
    let mut open = None;
    while !stop.get() {
        let channel = match open.take() {
            Some(channel) => channel,
            None => soon("TLS", files.connect_to(address, None)).await.expect("a connection"),
        };
        let call = SimulationClient::new(channel.clone()).run_simulation(small()).await;
        call.expect("an answer");
        answered += 1;
        open = Some(channel).filter(|_| stays);
    }
    answered
}

// shows MFN-TRANS-030
#[tokio::test]
async fn a_certificate_replaced_under_load_is_shown_and_no_call_fails() {
    let files = Files::new("replaced");
    let mut server = Serving::start(&files.flags());
    let (address, stop) = (server.address, Cell::new(false));
    let calls = |stays| call_until(&stop, &files, address, stays);
    let replaced = async {
        for serial in 1..=3 {
            let new = replace(&files, serial);
            assert_ne!(shown(&files, address).await, new);
            server.signal("HUP");
            server.logged(&format!("serial=\"0{serial}\""));
            server.logged("the files of TLS are read again");
            assert_eq!(shown(&files, address).await, new);
        }
        stop.set(true);
    };
    let (stayed, came, also_came, ()) =
        tokio::join!(calls(true), calls(false), calls(false), replaced);
    assert!(stayed > 0 && came > 0 && also_came > 0, "{stayed}, {came}, {also_came}");
}

// shows MFN-TRANS-030
#[tokio::test]
async fn where_one_file_cannot_be_used_all_of_the_old_ones_stay() {
    let files = Files::new("half-replaced");
    let mut server = Serving::start(&files.flags_for_client_certificates());
    let [old, old_key, old_roots] =
        ["server.pem", "server.key", "ca.pem"].map(|name| files.read(name));
    let own = Identity::from_pem(&old, &old_key);
    let (another, another_key) = files.issue_with(|_| {});
    let expired = files.issue_with(|params| params.not_after = date_time_ymd(2001, 9, 9)).0;
    for (name, text, blamed) in [
        ("server.key", another_key.serialize_pem(), "MFN_GRPC_TLS_KEY_PATH"),
        ("server.pem", another.pem(), "MFN_GRPC_TLS_KEY_PATH"),
        ("server.pem", String::new(), "MFN_GRPC_TLS_CERT_PATH"),
        ("server.pem", expired.pem(), "MFN_GRPC_TLS_KEY_PATH"),
        ("ca.pem", old_key.clone(), "MFN_GRPC_TLS_CLIENT_CA_PATH"),
    ] {
        let [certificate, key, roots] =
            [("server.pem", &old), ("server.key", &old_key), ("ca.pem", &old_roots)]
                .map(|(file, old)| if file == name { text.clone() } else { old.clone() });
        files.write("server.pem", certificate);
        files.write("server.key", key);
        files.write("ca.pem", roots);
        server.signal("HUP");
        server.logged("certificate, key and client authorities stay the old ones, because");
        assert!(
            server.last_line().contains(&format!("because {blamed} (")),
            "{}",
            server.last_line()
        );
        let channel = files.connect(&server, Some(own.clone())).await.expect("TLS");
        SimulationClient::new(channel).run_simulation(small()).await.expect("an answer");
    }
}

// shows MFN-TRANS-030, MFN-TRANS-020
#[tokio::test]
async fn client_authorities_are_replaced_with_the_rest_and_open_connections_stay() {
    let (files, others) = (Files::new("old-authority"), Files::new("new-authority"));
    let mut server = Serving::start(&files.flags_for_client_certificates());
    let of = |files: &Files| {
        let (certificate, key) = files.issue_with(|_| {});
        Identity::from_pem(certificate.pem(), key.serialize_pem())
    };
    let (old, new) = (of(&files), of(&others));
    let mut open =
        SimulationClient::new(files.connect(&server, Some(old.clone())).await.expect("TLS"));
    files.write("ca.pem", others.read("ca.pem"));
    server.signal("HUP");
    server.logged("the files of TLS are read again");
    let called = async |identity| {
        let channel = files.connect(&server, Some(identity)).await.ok()?;
        SimulationClient::new(channel).run_simulation(small()).await.ok()
    };
    assert!(called(new).await.is_some());
    assert!(called(old).await.is_none());
    open.run_simulation(small()).await.expect("an answer");
}
