//! What the server tells the service manager that started it.

use std::fs;
use std::os::unix::net::UnixDatagram;

use crate::GUARD;
use crate::serving::{Serving, mfn};

/// What is logged of a reload.
const NOTHING_TO_READ: &str = "on SIGHUP: there is no file to read again";

/// Receives what is told, as systemd does.
struct Manager(UnixDatagram);

impl Manager {
    fn told(&self) -> String {
        let mut message = [0; 4096];
        let length = self.0.recv(&mut message).expect("a message");
        String::from_utf8(message[..length].to_vec()).expect("UTF-8")
    }
}

// shows MFN-LIFE-015
#[tokio::test]
async fn a_service_manager_that_asks_is_told_of_the_start_of_reloads_and_of_the_end() {
    // The path of a socket may have 107 bytes.
    let path = std::env::temp_dir().join(format!("mfn-notify-{}", std::process::id()));
    fs::remove_file(&path).ok();
    let manager = Manager(UnixDatagram::bind(&path).expect("a socket"));
    manager.0.set_read_timeout(Some(GUARD)).expect("it can be set");
    let mut command = mfn(&["serve", "--port", "0", "--shutdown-delay-ms", "3600000"]);
    let mut server = Serving::start_command(command.env("NOTIFY_SOCKET", &path));
    let serving =
        format!("READY=1\nSTATUS=listening on {} (plaintext, no authentication)\n", server.address);
    assert_eq!(manager.told(), serving);

    server.signal("HUP");
    let reloading = manager.told();
    let since = reloading.strip_prefix("RELOADING=1\nMONOTONIC_USEC=").expect("as it must begin");
    let (since, status) = since.split_once('\n').expect("a line");
    assert!(since.parse::<u64>().is_ok_and(|since| since > 0), "{since}");
    assert_eq!(status, "STATUS=reading its files again\n");
    assert_eq!(manager.told(), serving);
    server.logged(NOTHING_TO_READ);

    server.signal("TERM");
    let status = "taking calls until the delay of the shutdown is over";
    assert_eq!(manager.told(), format!("STOPPING=1\nSTATUS={status}\n"));
    // Of a reload at the end it is told nothing: it would take the server for ready.
    server.signal("HUP");
    server.logged(NOTHING_TO_READ);
    server.signal("TERM");
    assert_eq!(manager.told(), "STOPPING=1\nSTATUS=finishing the open calls\n");
    assert_eq!(server.ended().await.0, Some(0));
    fs::remove_file(&path).expect("it is there");
}

#[tokio::test]
async fn a_service_manager_that_is_not_there_holds_nothing_up() {
    let mut command = mfn(&["serve", "--port", "0"]);
    let mut server = Serving::start_command(command.env("NOTIFY_SOCKET", "/nowhere/notify"));
    server.logged("the service manager that NOTIFY_SOCKET names is not told: No such file");
    server.signal("TERM");
    assert_eq!(server.ended().await.0, Some(0));
}
