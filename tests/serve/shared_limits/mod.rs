//! Replicas that share their limits by a store. A program without the feature
//! `shared-limits` shares none; the tests of one that has it need `redis-server`, and are
//! run by `.ci/run store`.

#[cfg(feature = "shared-limits")]
mod outages;
#[cfg(feature = "shared-limits")]
mod replicas;
#[cfg(feature = "shared-limits")]
mod start;
#[cfg(feature = "shared-limits")]
mod store;

// shows MFN-REPLICA-009
#[cfg(not(feature = "shared-limits"))]
#[test]
fn a_program_that_cannot_share_limits_says_so_and_does_not_start() {
    let mut command = crate::serving::mfn(&["serve", "--port", "0"]);
    command.env("MFN_GRPC_SHARED_LIMITS_URL", "redis://user:hunter2@localhost");
    let output = command.output().expect("it runs");
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(told.contains("MFN_GRPC_SHARED_LIMITS_URL (--shared-limits-url) needs a program"));
    assert!(told.contains("--features shared-limits") && !told.contains("hunter2"), "{told}");
}
