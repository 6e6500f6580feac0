//! Secrets in files that everyone on the machine can read.

use std::fs::{Permissions, set_permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::serving::{Serving, mfn};
use crate::tls::Files;

/// Keys in a file, with TLS.
struct Secrets {
    files: Files,
    keys: String,
}

impl Secrets {
    fn new(name: &str, mode: u32) -> Self {
        let files = Files::new(name);
        files.write("keys.toml", "[[key]]\nid = 'lab'\nsecrets = ['of-the-lab']\n");
        let secrets = Self { keys: files.path("keys.toml"), files };
        secrets.set_mode(mode);
        secrets
    }

    fn set_mode(&self, mode: u32) {
        for path in [&self.keys, &self.files.path("server.key")] {
            set_permissions(Path::new(path), Permissions::from_mode(mode)).expect("it is ours");
        }
    }

    fn serve(&self) -> Serving {
        let mut command = mfn(&["serve", "--port", "0", "--host", "127.0.0.1"]);
        command.args(self.files.flags()).args([
            "--audit-log",
            "off",
            "--api-keys-file",
            &self.keys,
        ]);
        Serving::start_command(&mut command)
    }
}

// shows MFN-CONF-016
#[tokio::test]
async fn a_secret_that_all_can_read_is_warned_of_when_it_is_read() {
    let secrets = Secrets::new("readable", 0o644);
    let mut server = secrets.serve();
    server.logged("everyone on this machine can read the private key: the mode of");
    assert!(server.last_line().contains("server.key is 0644"), "{}", server.last_line());
    server.logged("everyone on this machine can read the keys: the mode of");
    assert!(server.last_line().contains("keys.toml is 0644"), "{}", server.last_line());
    server.signal("HUP");
    server.logged("everyone on this machine can read the private key");
    server.logged("everyone on this machine can read the keys");
}

// shows MFN-CONF-016
#[tokio::test]
async fn a_secret_for_owner_and_group_is_not() {
    let secrets = Secrets::new("unreadable", 0o640);
    let mut server = secrets.serve();
    server.signal("HUP");
    server.logged("the keys are read again");
    server.signal("TERM");
    assert_eq!(server.ended().await.0, Some(0));
    let log = server.all_that_was_logged();
    assert!(!log.contains("can read"), "{log}");
}
