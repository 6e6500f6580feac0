//! The settings: flags, variables, defaults.

use std::process::Output;

use crate::serving::mfn;

pub(crate) fn run(variables: &[(&str, &str)], flags: &[&str]) -> Output {
    let arguments = [&["serve", "--print-config"], flags].concat();
    mfn(&arguments)
        .env_remove("MFN_GRPC_ADMIN_PORT")
        .envs(variables.iter().copied())
        .output()
        .expect("mfn starts")
}

pub(crate) fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).expect("UTF-8")
}

// shows MFN-CONF-001, MFN-CONF-003, MFN-CONF-015
#[test]
fn all_settings_are_printed_with_where_they_are_from() {
    let variables = [("MFN_GRPC_MAX_WORKERS", "3"), ("MFN_GRPC_PORT", "1")];
    let output = run(&variables, &["--port", "2", "--io-threads", "4", "--audit-log", "a b.jsonl"]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(text(output.stderr), "");
    insta::assert_snapshot!(text(output.stdout), @r#"
    MFN_GRPC_HOST=127.0.0.1                # default
    MFN_GRPC_PORT=2                        # flag
    MFN_GRPC_MAX_WORKERS=3                 # variable
    MFN_GRPC_QUEUE_DEPTH=1024              # default
    MFN_GRPC_MEMORY_MB=384                 # default
    MFN_GRPC_CACHE_MB=64                   # default
    MFN_GRPC_MAX_MESSAGE_SIZE=100          # default
    MFN_GRPC_IO_THREADS=4                  # flag
    MFN_GRPC_MAX_CONNECTIONS=10000         # default
    MFN_GRPC_MAX_CONCURRENT_STREAMS=1000   # default
    MFN_GRPC_HANDSHAKE_TIMEOUT_MS=10000    # default
    MFN_GRPC_KEEPALIVE_TIME_MS=60000       # default
    MFN_GRPC_KEEPALIVE_TIMEOUT_MS=20000    # default
    MFN_GRPC_MAX_CONNECTION_AGE_MS=0       # default
    MFN_GRPC_SHUTDOWN_DELAY_MS=0           # default
    MFN_GRPC_SHUTDOWN_GRACE_MS=5000        # default
    MFN_GRPC_TLS_ENABLED=false             # default
    MFN_GRPC_TLS_CERT_PATH=                # not set
    MFN_GRPC_TLS_KEY_PATH=                 # not set
    MFN_GRPC_TLS_CLIENT_CA_PATH=           # not set
    MFN_API_KEYS=                          # not set
    MFN_API_KEY=                           # not set
    MFN_API_KEYS_FILE=                     # not set
    MFN_GRPC_ALLOW_ANONYMOUS=false         # default
    MFN_GRPC_RATE_LIMIT_RPS=1000           # default
    MFN_GRPC_RATE_LIMIT_CONCURRENT=100     # default
    MFN_GRPC_MAX_COST=0                    # default
    MFN_GRPC_REPLAY_PROTECTION=false       # default
    MFN_GRPC_SHARED_LIMITS_URL=            # not set
    MFN_GRPC_SHARED_LIMITS_URL_FILE=       # not set
    MFN_GRPC_SHARED_LIMITS_CA_PATH=        # not set
    MFN_GRPC_SHARED_LIMITS_FALLBACK=local  # default
    MFN_GRPC_AUDIT_LOG='a b.jsonl'         # flag
    MFN_GRPC_REFLECTION=public             # default
    MFN_GRPC_WEB=true                      # default
    MFN_GRPC_WEB_PAGE=                     # not set
    MFN_GRPC_CORS_ORIGINS=                 # not set
    MFN_GRPC_ADMIN_HOST=127.0.0.1          # default
    MFN_GRPC_ADMIN_PORT=9464               # default
    MFN_LOG=info                           # default
    MFN_LOG_FORMAT=text                    # default
    "#);
}

// shows MFN-CONF-002
#[test]
fn the_log_is_by_level_and_by_module() {
    for filter in ["off", "debug", "warn,h2=debug", "mfn_server::audit=error,info"] {
        assert_eq!(run(&[("MFN_LOG", filter)], &[]).status.code(), Some(0), "{filter}");
    }
}

/// What is said of a bad value, as a variable and as a flag.
fn refusals(variable: &str, value: &str) -> String {
    let flag = variable.trim_start_matches("MFN_GRPC_").trim_start_matches("MFN_");
    let flag = format!("--{}={value}", flag.to_lowercase().replace('_', "-"));
    let refusal = |output: Output| {
        assert_eq!(output.status.code(), Some(2), "{variable}={value}");
        assert!(output.stdout.is_empty());
        let said = text(output.stderr);
        assert_eq!(said.lines().count(), 1, "{said}");
        said
    };
    refusal(run(&[(variable, value)], &[])) + &refusal(run(&[], &[&flag]))
}

// shows MFN-CONF-010, MFN-CONF-005
#[test]
fn a_bad_value_is_named_with_its_variable_and_what_is_allowed() {
    let bad = [
        ("MFN_GRPC_PORT", "65536"),
        ("MFN_GRPC_HOST", "localhost"),
        ("MFN_GRPC_MAX_WORKERS", "0"),
        ("MFN_GRPC_MAX_MESSAGE_SIZE", "2048"),
        ("MFN_GRPC_QUEUE_DEPTH", "-1"),
        ("MFN_GRPC_KEEPALIVE_TIME_MS", "1.5"),
        ("MFN_GRPC_MAX_CONCURRENT_STREAMS", "+1"),
        ("MFN_GRPC_SHUTDOWN_GRACE_MS", "5s"),
        ("MFN_GRPC_ADMIN_PORT", "none"),
        ("MFN_GRPC_TLS_ENABLED", "yes"),
        ("MFN_GRPC_REFLECTION", "private"),
        ("MFN_GRPC_REFLECTION", "Public"),
        ("MFN_GRPC_ALLOW_ANONYMOUS", "maybe"),
        ("MFN_GRPC_RATE_LIMIT_RPS", "1000001"),
        ("MFN_GRPC_RATE_LIMIT_CONCURRENT", "-1"),
        ("MFN_GRPC_REPLAY_PROTECTION", "flase"),
        ("MFN_GRPC_AUDIT_LOG", "of"),
        ("MFN_GRPC_AUDIT_LOG", "STDERR"),
        ("MFN_GRPC_AUDIT_LOG", "calls"),
        ("MFN_API_KEYS", "a,,b"),
        ("MFN_API_KEY", "with space"),
        ("MFN_API_KEYS_FILE", "/nowhere/keys.toml"),
        ("MFN_LOG", "loud"),
        ("MFN_LOG", "warning"),
        ("MFN_LOG", "info,h2=loud"),
        ("MFN_LOG_FORMAT", "jsno"),
    ];
    let said: String = bad.iter().map(|(variable, value)| refusals(variable, value)).collect();
    insta::assert_snapshot!(said, @r#"
    error: invalid value '65536' for 'MFN_GRPC_PORT': an integer from 0 to 65535 is expected
    error: invalid value '65536' for '--port <PORT>': an integer from 0 to 65535 is expected
    error: invalid value 'localhost' for 'MFN_GRPC_HOST': an IP address is expected, such as 127.0.0.1 or ::1
    error: invalid value 'localhost' for '--host <ADDRESS>': an IP address is expected, such as 127.0.0.1 or ::1
    error: invalid value '0' for 'MFN_GRPC_MAX_WORKERS': an integer from 1 to 1024 is expected
    error: invalid value '0' for '--max-workers <COUNT>': an integer from 1 to 1024 is expected
    error: invalid value '2048' for 'MFN_GRPC_MAX_MESSAGE_SIZE': an integer from 1 to 2047 is expected
    error: invalid value '2048' for '--max-message-size <MIB>': an integer from 1 to 2047 is expected
    error: invalid value '-1' for 'MFN_GRPC_QUEUE_DEPTH': an integer from 0 to 1000000 is expected
    error: invalid value '-1' for '--queue-depth <COUNT>': an integer from 0 to 1000000 is expected
    error: invalid value '1.5' for 'MFN_GRPC_KEEPALIVE_TIME_MS': an integer from 1 to 86400000 is expected
    error: invalid value '1.5' for '--keepalive-time-ms <MS>': an integer from 1 to 86400000 is expected
    error: invalid value '+1' for 'MFN_GRPC_MAX_CONCURRENT_STREAMS': an integer from 1 to 100000 is expected
    error: invalid value '+1' for '--max-concurrent-streams <COUNT>': an integer from 1 to 100000 is expected
    error: invalid value '5s' for 'MFN_GRPC_SHUTDOWN_GRACE_MS': an integer from 0 to 3600000 is expected
    error: invalid value '5s' for '--shutdown-grace-ms <MS>': an integer from 0 to 3600000 is expected
    error: invalid value 'none' for 'MFN_GRPC_ADMIN_PORT': any or an integer from 0 to 65535 is expected
    error: invalid value 'none' for '--admin-port <PORT>': any or an integer from 0 to 65535 is expected
    error: invalid value 'yes' for 'MFN_GRPC_TLS_ENABLED': true or false is expected; perhaps true is meant
    error: invalid value 'yes' for '--tls-enabled [<BOOL>]': true or false is expected; perhaps true is meant
    error: invalid value 'private' for 'MFN_GRPC_REFLECTION': public, authenticated or off is expected
    error: invalid value 'private' for '--reflection <WHO>': public, authenticated or off is expected
    error: invalid value 'Public' for 'MFN_GRPC_REFLECTION': public, authenticated or off is expected; perhaps public is meant
    error: invalid value 'Public' for '--reflection <WHO>': public, authenticated or off is expected; perhaps public is meant
    error: invalid value 'maybe' for 'MFN_GRPC_ALLOW_ANONYMOUS': true or false is expected
    error: invalid value 'maybe' for '--allow-anonymous [<BOOL>]': true or false is expected
    error: invalid value '1000001' for 'MFN_GRPC_RATE_LIMIT_RPS': an integer from 0 to 1000000 is expected
    error: invalid value '1000001' for '--rate-limit-rps <COUNT>': an integer from 0 to 1000000 is expected
    error: invalid value '-1' for 'MFN_GRPC_RATE_LIMIT_CONCURRENT': an integer from 0 to 1000000 is expected
    error: invalid value '-1' for '--rate-limit-concurrent <COUNT>': an integer from 0 to 1000000 is expected
    error: invalid value 'flase' for 'MFN_GRPC_REPLAY_PROTECTION': true or false is expected; perhaps false is meant
    error: invalid value 'flase' for '--replay-protection [<BOOL>]': true or false is expected; perhaps false is meant
    error: invalid value 'of' for 'MFN_GRPC_AUDIT_LOG': stderr, off or the path of a file is expected, which has a / or an extension; perhaps off is meant
    error: invalid value 'of' for '--audit-log <WHERE>': stderr, off or the path of a file is expected, which has a / or an extension; perhaps off is meant
    error: invalid value 'STDERR' for 'MFN_GRPC_AUDIT_LOG': stderr, off or the path of a file is expected, which has a / or an extension; perhaps stderr is meant
    error: invalid value 'STDERR' for '--audit-log <WHERE>': stderr, off or the path of a file is expected, which has a / or an extension; perhaps stderr is meant
    error: invalid value 'calls' for 'MFN_GRPC_AUDIT_LOG': stderr, off or the path of a file is expected, which has a / or an extension
    error: invalid value 'calls' for '--audit-log <WHERE>': stderr, off or the path of a file is expected, which has a / or an extension
    error: MFN_API_KEYS (--api-keys): key 2 is empty; a key is 1 to 256 visible ASCII characters, no comma
    error: MFN_API_KEYS (--api-keys): key 2 is empty; a key is 1 to 256 visible ASCII characters, no comma
    error: MFN_API_KEY (--api-key) has a character that is not allowed; a key is 1 to 256 visible ASCII characters, no comma
    error: MFN_API_KEY (--api-key) has a character that is not allowed; a key is 1 to 256 visible ASCII characters, no comma
    error: MFN_API_KEYS_FILE (--api-keys-file) is '/nowhere/keys.toml', which cannot be used: No such file or directory (os error 2)
    error: MFN_API_KEYS_FILE (--api-keys-file) is '/nowhere/keys.toml', which cannot be used: No such file or directory (os error 2)
    error: invalid value 'loud' for 'MFN_LOG': off, error, warn, info or debug is expected, or by module such as info,h2=debug
    error: invalid value 'loud' for '--log <FILTER>': off, error, warn, info or debug is expected, or by module such as info,h2=debug
    error: invalid value 'warning' for 'MFN_LOG': off, error, warn, info or debug is expected, or by module such as info,h2=debug; perhaps warn is meant
    error: invalid value 'warning' for '--log <FILTER>': off, error, warn, info or debug is expected, or by module such as info,h2=debug; perhaps warn is meant
    error: invalid value 'info,h2=loud' for 'MFN_LOG': off, error, warn, info or debug is expected, or by module such as info,h2=debug
    error: invalid value 'info,h2=loud' for '--log <FILTER>': off, error, warn, info or debug is expected, or by module such as info,h2=debug
    error: invalid value 'jsno' for 'MFN_LOG_FORMAT': text or json is expected; perhaps json is meant
    error: invalid value 'jsno' for '--log-format <FORMAT>': text or json is expected; perhaps json is meant
    "#);
}

/// What Kubernetes sets in pods beside Services of the names `mfn-grpc` and `mfn-grpc-admin`.
const OF_SERVICES: [(&str, &str); 10] = [
    ("MFN_GRPC_ADMIN_PORT", "tcp://10.96.7.8:9464"),
    ("MFN_GRPC_ADMIN_SERVICE_HOST", "10.96.7.8"),
    ("MFN_GRPC_PORT", "tcp://10.96.7.7:50051"),
    ("MFN_GRPC_PORT_50051_TCP", "tcp://10.96.7.7:50051"),
    ("MFN_GRPC_PORT_50051_TCP_ADDR", "10.96.7.7"),
    ("MFN_GRPC_PORT_50051_TCP_PORT", "50051"),
    ("MFN_GRPC_PORT_50051_TCP_PROTO", "tcp"),
    ("MFN_GRPC_SERVICE_HOST", "10.96.7.7"),
    ("MFN_GRPC_SERVICE_PORT", "50051"),
    ("MFN_GRPC_SERVICE_PORT_GRPC", "50051"),
];

// shows MFN-CONF-013
#[test]
fn a_service_named_as_this_server_is_told_from_a_setting() {
    let output = run(&OF_SERVICES, &[]);
    assert_eq!(text(output.stdout), text(run(&[], &[]).stdout));
    let said = text(output.stderr);
    assert_eq!(said.lines().count(), 1, "{said}");
    for (name, _) in OF_SERVICES {
        assert!(said.contains(name), "{name}: {said}");
    }
    assert!(said.contains("WARN") && said.contains("enableServiceLinks: false"), "{said}");
    // What Kubernetes does not write is as bad a port as ever.
    for bad in ["http://10.96.7.7:50051", "tcp://mfn-grpc:50051", "tcp://10.96.7.7"] {
        assert_eq!(run(&[("MFN_GRPC_PORT", bad)], &[]).status.code(), Some(2), "{bad}");
    }
}

// shows MFN-CONF-006
#[test]
fn an_unknown_variable_is_named_with_the_nearest_known_one() {
    // The last two are of this project, and `cargo run --release` sets the last one.
    let variables = [
        ("MFN_GRPC_PROT", "1"),
        ("MFN_UNHEARD_OF", "1"),
        ("MFN_CI_CACHE", "/tmp"),
        ("MFN_BUILD_COMMIT", "0"),
    ];
    let output = run(&variables, &[]);
    assert_eq!(output.status.code(), Some(0));
    let said = text(output.stderr);
    assert!(
        said.contains("MFN_GRPC_PROT is no setting and is ignored; perhaps MFN_GRPC_PORT is meant"),
        "{said}"
    );
    assert!(said.contains("MFN_UNHEARD_OF is no setting and is ignored\n"), "{said}");
    assert_eq!(said.lines().count(), 2, "{said}");
}

// shows MFN-CONF-002
#[test]
fn every_setting_of_the_specification_is_one_of_the_program_s() {
    let page = include_str!("../../spec/configuration.md");
    let printed = text(run(&[], &[]).stdout);
    let names = page.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let named = names.filter(|word| {
        word.starts_with("MFN_LOG")
            || word.strip_prefix("MFN_GRPC_").is_some_and(|rest| !rest.is_empty())
    });
    let mut count = 0;
    for name in named {
        assert!(printed.contains(&format!("{name}=")), "{name}");
        count += 1;
    }
    assert!(count > 15, "the page names {count} settings");
    for line in printed.lines() {
        let name = line.split('=').next().expect("a name");
        assert!(page.contains(name), "the page says nothing of {name}");
    }
}
