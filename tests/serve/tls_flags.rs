//! The flags of TLS, together and apart.

use crate::serving::{Serving, mfn};

/// What the program says when it cannot start, and its exit code.
pub(crate) fn refused(flags: &[&str]) -> (Option<i32>, String) {
    let output = mfn(&[&["serve", "--port", "0"], flags].concat()).output().expect("mfn starts");
    assert!(output.stdout.is_empty());
    (output.status.code(), String::from_utf8(output.stderr).expect("UTF-8"))
}

// shows MFN-CONF-010, MFN-CONF-005
#[test]
fn tls_without_its_files_stops_the_start() {
    let said = |flags: &[&str]| {
        let (code, said) = refused(flags);
        assert_eq!(code, Some(2), "{said}");
        said.trim_end().to_owned()
    };
    insta::assert_snapshot!([
        said(&["--tls-enabled"]),
        said(&["--tls-enabled", "--tls-cert-path", "server.pem"]),
        said(&["--tls-enabled", "true", "--tls-key-path", "server.key"]),
    ].join("\n"), @r#"
    error: MFN_GRPC_TLS_ENABLED (--tls-enabled) is true, so MFN_GRPC_TLS_CERT_PATH (--tls-cert-path) must name a file
    error: MFN_GRPC_TLS_ENABLED (--tls-enabled) is true, so MFN_GRPC_TLS_KEY_PATH (--tls-key-path) must name a file
    error: MFN_GRPC_TLS_ENABLED (--tls-enabled) is true, so MFN_GRPC_TLS_CERT_PATH (--tls-cert-path) must name a file
    "#);
}

const FILES: [(&str, &str); 3] = [
    ("MFN_GRPC_TLS_CERT_PATH", "--tls-cert-path"),
    ("MFN_GRPC_TLS_KEY_PATH", "--tls-key-path"),
    ("MFN_GRPC_TLS_CLIENT_CA_PATH", "--tls-client-ca-path"),
];

// shows MFN-CONF-014, MFN-CONF-005
#[test]
fn files_for_tls_without_a_word_of_tls_stop_the_start() {
    for (variable, flag) in FILES {
        let mut command = mfn(&["serve", "--port", "0"]);
        let output = command.env(variable, "server.pem").output().expect("mfn starts");
        let by_variable = (output.status.code(), String::from_utf8(output.stderr).expect("UTF-8"));
        let expected = format!(
            "error: {variable} ({flag}) names a file for TLS, so MFN_GRPC_TLS_ENABLED \
             (--tls-enabled) must say true, or false for plaintext\n"
        );
        for refused in [by_variable, refused(&[flag, "server.pem"])] {
            assert_eq!(refused, (Some(2), expected.clone()));
        }
    }
}

// shows MFN-CONF-014
#[test]
fn plaintext_is_served_beside_files_for_tls_if_it_is_asked_for() {
    for (variable, flag) in FILES {
        let mut by_variable = mfn(&["serve", "--port", "0"]);
        by_variable.envs([(variable, "server.pem"), ("MFN_GRPC_TLS_ENABLED", "false")]);
        let mut by_flag = mfn(&["serve", "--port", "0", flag, "server.pem", "--tls-enabled=false"]);
        for command in [&mut by_variable, &mut by_flag] {
            let mut server = Serving::start_command(command);
            assert!(server.line.contains("(plaintext, "), "{}", server.line);
            server.logged("MFN_GRPC_TLS_ENABLED is false: the files for TLS are not used");
        }
    }
}
