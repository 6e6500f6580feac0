//! The files that TLS is given: which one is at fault, and what is said of those
//! that are served.

use std::process::Command;

use rcgen::{CertificateParams, DnType, date_time_ymd};

use crate::serving::{Serving, mfn};
use crate::tls::Files;
use crate::tls_flags::refused;

/// Of X.509 version 1, as `openssl x509 -req` without extensions makes it.
const VERSION_1: &str = "\
-----BEGIN CERTIFICATE-----
MIIBIzCBywIUOu7syHJYZjzEh310bfoKUrjC2TQwCgYIKoZIzj0EAwIwFDESMBAG
A1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNjAxMDQzMFoYDzIxMjYxMTAyMDEwNDMw
WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
AATzfP1yLxcsvvp2V/e/8S1iFkbG0FKmlPI1wDrhIkddCYqFSYHXqn5B1kyHdWkK
wv2EqB2tfpXbFAaFm8auckGlMAoGCCqGSM49BAMCA0cAMEQCIGtwzZYjztaFgGJq
aJTRbAF9mkYQmF6tAwTG/8LXwG7+AiB/sa7Zc/tkNYt2XaQ4HPGulLBsFCW0ba77
f46AEPCZug==
-----END CERTIFICATE-----
";
const KEY_OF_VERSION_1: &str = "\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQglp1DFe8G2jsHhAmY
6zMEWeFcKh/nnZxXDDolx92PGA6hRANCAATzfP1yLxcsvvp2V/e/8S1iFkbG0FKm
lPI1wDrhIkddCYqFSYHXqn5B1kyHdWkKwv2EqB2tfpXbFAaFm8auckGl
-----END PRIVATE KEY-----
";

/// What is said of the server's certificate, its key and the authority of clients,
/// by the names of their files.
fn said(files: &Files, certificate: &str, key: &str, authority: &str) -> String {
    let [certificate, key, authority] = [certificate, key, authority].map(|name| files.path(name));
    let files_of_server = ["--tls-cert-path", &certificate, "--tls-key-path", &key];
    let flags = [&["--tls-enabled"], &files_of_server[..], &["--tls-client-ca-path", &authority]];
    let (code, said) = refused(&flags.concat());
    assert_eq!(code, Some(2), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    said.replace(files.folder.to_str().expect("UTF-8"), "FOLDER").trim_end().to_owned()
}

// shows MFN-CONF-010, MFN-CONF-005
#[test]
fn a_certificate_that_cannot_be_used_is_not_blamed_on_its_key() {
    let files = Files::new("bad-certificates");
    let (certificate, _) = files.issue_with(|_| {});
    files.write("empty.pem", "");
    files.write("mark.pem", format!("\u{FEFF}{}", files.read("server.pem")));
    files.write("binary.pem", certificate.der());
    files.write("version-1.pem", VERSION_1);
    files.write("version-1.key", KEY_OF_VERSION_1);
    files.write("turned.pem", files.read("ca.pem") + &files.read("server.pem"));
    files.write("cut.pem", &files.read("server.pem")[..200]);
    files.write("garbled.pem", files.read("server.pem").replacen("MII", "MIJ", 1));
    let said = |name: &str, key: &str| said(&files, name, key, "ca.pem");
    insta::assert_snapshot!([
        said("absent.pem", "server.key"),
        said("empty.pem", "server.key"),
        said("mark.pem", "server.key"),
        said("binary.pem", "server.key"),
        said("server.key", "server.pem"),
        said("version-1.pem", "version-1.key"),
        said("turned.pem", "server.key"),
        said("cut.pem", "server.key"),
        said("garbled.pem", "server.key"),
    ].join("\n"), @r#"
    error: MFN_GRPC_TLS_CERT_PATH (--tls-cert-path) is FOLDER/absent.pem: it cannot be read: No such file or directory (os error 2)
    error: MFN_GRPC_TLS_CERT_PATH (--tls-cert-path) is FOLDER/empty.pem: it is empty
    error: MFN_GRPC_TLS_CERT_PATH (--tls-cert-path) is FOLDER/mark.pem: it begins with a byte order mark: save it as ASCII, or as UTF-8 without one
    error: MFN_GRPC_TLS_CERT_PATH (--tls-cert-path) is FOLDER/binary.pem: it is binary, as DER and PKCS #12 are, and PEM is expected: convert it with openssl (x509 or pkey with -inform DER, or pkcs12)
    error: MFN_GRPC_TLS_CERT_PATH (--tls-cert-path) is FOLDER/server.key: there is no certificate in it, only PRIVATE KEY: are the files mixed up?
    error: MFN_GRPC_TLS_CERT_PATH (--tls-cert-path) is FOLDER/version-1.pem: its first certificate is of an old version of X.509, and version 3 is needed: make one with extensions, such as subjectAltName
    error: MFN_GRPC_TLS_CERT_PATH (--tls-cert-path) is FOLDER/turned.pem: its first certificate is to be the server's own, and that of FOLDER/server.key is number 2
    error: MFN_GRPC_TLS_CERT_PATH (--tls-cert-path) is FOLDER/cut.pem: an -----END line is missing in it
    error: MFN_GRPC_TLS_CERT_PATH (--tls-cert-path) is FOLDER/garbled.pem: its first certificate cannot be read: TrailingData(SignedData)
    "#);
}

// shows MFN-CONF-010, MFN-CONF-005
#[test]
fn a_key_that_cannot_be_used_is_said_to_be_what_it_is() {
    let files = Files::new("bad-keys");
    let (_, other) = files.issue_with(|_| {});
    files.write("mark.key", format!("\u{FEFF}{}", files.read("server.key")));
    files.write("binary.key", other.serialize_der());
    files.write("other.key", other.serialize_pem());
    files.write("encrypted.key", other.serialize_pem().replace("PRIVATE", "ENCRYPTED PRIVATE"));
    files.write("garbled.key", files.read("server.key").replacen("MI", "MJ", 1));
    let said = |name: &str| said(&files, "server.pem", name, "ca.pem");
    insta::assert_snapshot!([
        said("absent.key"),
        said("mark.key"),
        said("binary.key"),
        said("server.pem"),
        said("encrypted.key"),
        said("other.key"),
        said("garbled.key"),
    ].join("\n"), @r#"
    error: MFN_GRPC_TLS_KEY_PATH (--tls-key-path) is FOLDER/absent.key: it cannot be read: No such file or directory (os error 2)
    error: MFN_GRPC_TLS_KEY_PATH (--tls-key-path) is FOLDER/mark.key: it begins with a byte order mark: save it as ASCII, or as UTF-8 without one
    error: MFN_GRPC_TLS_KEY_PATH (--tls-key-path) is FOLDER/binary.key: it is binary, as DER and PKCS #12 are, and PEM is expected: convert it with openssl (x509 or pkey with -inform DER, or pkcs12)
    error: MFN_GRPC_TLS_KEY_PATH (--tls-key-path) is FOLDER/server.pem: there is no private key in it, only CERTIFICATE: are the files mixed up?
    error: MFN_GRPC_TLS_KEY_PATH (--tls-key-path) is FOLDER/encrypted.key: its private key is encrypted, and there is nobody to type a password: decrypt it with `openssl pkey -in FILE -out NEW_FILE`
    error: MFN_GRPC_TLS_KEY_PATH (--tls-key-path) is FOLDER/other.key: it is not the key of the certificate in FOLDER/server.pem
    error: MFN_GRPC_TLS_KEY_PATH (--tls-key-path) is FOLDER/garbled.key: its private key is none of RSA with 2048 to 8192 bits, ECDSA or Ed25519
    "#);
}

// shows MFN-CONF-010, MFN-CONF-005
#[test]
fn authorities_that_cannot_be_used_are_said_to_be_what_they_are() {
    let files = Files::new("bad-authorities");
    files.write("empty.pem", "");
    files.write(
        "garbled.pem",
        files.read("ca.pem") + &files.read("ca.pem").replacen("MII", "MIJ", 1),
    );
    let said = |name: &str| said(&files, "server.pem", "server.key", name);
    insta::assert_snapshot!([
        said("absent.pem"),
        said("empty.pem"),
        said("server.key"),
        said("garbled.pem"),
    ].join("\n"), @r#"
    error: MFN_GRPC_TLS_CLIENT_CA_PATH (--tls-client-ca-path) is FOLDER/absent.pem: it cannot be read: No such file or directory (os error 2)
    error: MFN_GRPC_TLS_CLIENT_CA_PATH (--tls-client-ca-path) is FOLDER/empty.pem: it is empty
    error: MFN_GRPC_TLS_CLIENT_CA_PATH (--tls-client-ca-path) is FOLDER/server.key: there is no certificate in it, only PRIVATE KEY: are the files mixed up?
    error: MFN_GRPC_TLS_CLIENT_CA_PATH (--tls-client-ca-path) is FOLDER/garbled.pem: its certificate 2 cannot be used: invalid peer certificate: BadEncoding
    "#);
}

// shows MFN-CONF-005
#[test]
fn a_pipe_without_a_writer_does_not_hold_up_the_start() {
    let files = Files::new("pipes");
    let pipe = files.path("pipe.pem");
    std::fs::remove_file(&pipe).ok();
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo starts").success());
    for (certificate, key, authority) in [
        ("pipe.pem", "server.key", "ca.pem"),
        ("server.pem", "pipe.pem", "ca.pem"),
        ("server.pem", "server.key", "pipe.pem"),
    ] {
        let said = said(&files, certificate, key, authority);
        assert!(said.ends_with("pipe.pem: it cannot be read: it is no regular file"), "{said}");
    }
}

/// A server with this certificate, and perhaps others.
fn serving(files: &Files, change: impl FnOnce(&mut CertificateParams), others: &str) -> Serving {
    let (certificate, key) = files.issue_with(change);
    files.write("server.pem", certificate.pem() + others);
    files.write("server.key", key.serialize_pem());
    let mut command = mfn(&["serve", "--port", "0"]);
    Serving::start_command(command.args(files.flags()))
}

#[test]
fn a_certificate_out_of_its_time_is_warned_of() {
    let files = Files::new("out-of-time");
    let expired = |params: &mut CertificateParams| params.not_after = date_time_ymd(2001, 9, 9);
    serving(&files, expired, "").logged("certificate 1 has expired, on 2001-09-09T00:00:00Z");
    let early = |params: &mut CertificateParams| params.not_before = date_time_ymd(2901, 9, 9);
    serving(&files, early, "").logged("certificate 1 is not valid before 2901-09-09T00:00:00Z");
    let good = |params: &mut CertificateParams| params.not_after = date_time_ymd(2901, 9, 9);
    serving(&files, good, "").logged("until 2901-09-09T00:00:00Z serial=");
    let late = |params: &mut CertificateParams| {
        params.not_after = std::time::SystemTime::now().into();
        params.not_after += std::time::Duration::from_hours(24 * 29 + 1);
    };
    serving(&files, late, "").logged("certificate 1 expires in 29 days");
    // Those up to the root count as well.
    let (old, _) = files.issue_with(|params| {
        expired(params);
        params.distinguished_name.push(DnType::CommonName, "another");
    });
    let mut server = serving(&files, good, &old.pem());
    server.logged("certificate 2 has expired");
    server.logged("certificate 2 did not issue the one before it");
}

#[test]
fn certificate_and_key_may_be_in_one_file() {
    let files = Files::new("one-file");
    files.write("both.pem", files.read("server.key") + &files.read("server.pem"));
    let both = files.path("both.pem");
    let flags = ["--tls-enabled", "--tls-cert-path", &both, "--tls-key-path", &both];
    assert!(Serving::start(&flags).line.contains("(TLS, "));
}
