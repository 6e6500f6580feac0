use std::fs::Permissions;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::{fs, thread};

use tempfile::TempDir;

use super::*;

fn folder() -> TempDir {
    TempDir::new().expect("the system has a folder for temporary files")
}

fn names(folder: &TempDir) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("it is there");
    let names = entries.map(|entry| entry.expect("an entry").file_name().into_string());
    let mut names: Vec<_> = names.map(|name| name.expect("UTF-8")).collect();
    names.sort();
    names
}

#[test]
fn a_file_stays_as_it_was_until_the_new_one_is_whole() {
    let folder = folder();
    let path = folder.path().join("picture");
    fs::write(&path, "old").expect("a file");
    let output = Output::open(&path).expect("it can be written");
    assert_eq!(
        (fs::read(&path).expect("a file"), names(&folder)),
        (b"old".into(), vec!["picture".into()])
    );
    drop(output);
    assert_eq!(
        (fs::read(&path).expect("a file"), names(&folder)),
        (b"old".into(), vec!["picture".into()])
    );

    let reader = fs::File::open(&path).expect("a file");
    write(&path, b"new").expect("it can be written");
    assert_eq!(io::read_to_string(reader).expect("a text"), "old", "it was written over");
    assert_eq!(
        (fs::read(&path).expect("a file"), names(&folder)),
        (b"new".into(), vec!["picture".into()])
    );
}

#[test]
fn a_new_file_appears_with_its_result() {
    let folder = folder();
    let path = folder.path().join("picture");
    let output = Output::open(&path).expect("it can be written");
    assert!(names(&folder).is_empty(), "there is nothing to write yet");
    output.write(b"new").expect("it can be written");
    let plain = folder.path().join("plain");
    fs::write(&plain, "new").expect("a file");
    let mode = |path: &Path| fs::metadata(path).expect("a file").permissions().mode();
    assert_eq!(mode(&path), mode(&plain), "as any program makes a file");
}

#[test]
fn permissions_stay() {
    let folder = folder();
    let path = folder.path().join("picture");
    fs::write(&path, "old").expect("a file");
    for mode in [0o600, 0o664] {
        fs::set_permissions(&path, Permissions::from_mode(mode)).expect("it is ours");
        write(&path, b"new").expect("it can be written");
        assert_eq!(fs::metadata(&path).expect("a file").permissions().mode() & 0o777, mode);
    }
}

#[test]
fn a_symbolic_link_stays_and_its_end_is_written() {
    let folder = folder();
    let [end, link, other] = ["end", "link", "other"].map(|name| folder.path().join(name));
    symlink("end", &link).expect("a link");
    symlink("link", &other).expect("a link");
    for result in [b"one", b"two"] {
        write(&other, result).expect("it can be written");
        assert!(fs::symlink_metadata(&link).expect("a link").is_symlink());
        assert!(fs::symlink_metadata(&other).expect("a link").is_symlink());
        assert_eq!(fs::read(&end).expect("a file"), result);
    }
    symlink("ring", folder.path().join("ring")).expect("a link");
    assert!(Output::open(&folder.path().join("ring")).is_err());
}

#[test]
fn a_file_with_two_names_stays_one() {
    let folder = folder();
    let (one, two) = (folder.path().join("one"), folder.path().join("two"));
    fs::write(&one, "old and longer").expect("a file");
    fs::hard_link(&one, &two).expect("a second name");
    let output = Output::open(&one).expect("it can be written");
    assert_eq!(fs::read(&two).expect("a file"), b"old and longer", "there is no result yet");
    output.write(b"new").expect("it can be written");
    assert_eq!(fs::read(&two).expect("a file"), b"new");
    assert_eq!(fs::metadata(&one).expect("a file").nlink(), 2);
}

#[test]
fn a_file_that_was_not_replaced_is_written_over_only_if_it_never_could_be() {
    let folder = folder();
    let path = folder.path().join("picture");
    fs::write(&path, "old and longer").expect("a file");
    for kind in [io::ErrorKind::StorageFull, io::ErrorKind::PermissionDenied] {
        let error = write_unreplaced(&path, kind.into(), b"new").expect_err("it is not written");
        assert_eq!(error.kind(), kind);
        assert_eq!(fs::read(&path).expect("a file"), b"old and longer", "after {kind}");
    }
    for kind in [io::ErrorKind::ResourceBusy, io::ErrorKind::CrossesDevices] {
        fs::write(&path, "old and longer").expect("a file");
        write_unreplaced(&path, kind.into(), b"new").expect("it is written");
        assert_eq!(fs::read(&path).expect("a file"), b"new", "after {kind}");
    }
}

#[test]
fn a_pipe_and_a_device_are_written_as_they_are() {
    let (mut reader, writer) = io::pipe().expect("a pipe");
    let path = format!("/dev/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&writer));
    let output = Output::open(Path::new(&path)).expect("it can be written");
    drop(writer);
    let writing = thread::spawn(move || output.write(b"new"));
    assert_eq!(io::read_to_string(&mut reader).expect("a text"), "new");
    writing.join().expect("it does not panic").expect("it is read");

    let null = Output::open(Path::new("/dev/null")).expect("it can be written");
    assert!(!null.is_standard_output() && !null.is_terminal());
    null.write(b"new").expect("it takes anything");
    assert!(!fs::metadata("/dev/null").expect("it is there").is_file());
}

#[test]
fn what_cannot_be_written_is_known_before_there_is_a_result() {
    let folder = folder();
    let refused = |path: &Path| Output::open(path).expect_err("it cannot be written").kind();
    assert_eq!(refused(folder.path()), io::ErrorKind::IsADirectory);
    assert_eq!(refused(&folder.path().join("new/")), io::ErrorKind::IsADirectory);
    assert_eq!(refused(&folder.path().join("nowhere/new")), io::ErrorKind::NotFound);
    let path = folder.path().join("file");
    fs::write(&path, "").expect("a file");
    assert_eq!(refused(&path.join("new")), io::ErrorKind::NotADirectory);
    // Nobody may make a file there, and root neither.
    #[cfg(target_os = "linux")]
    refused(Path::new("/proc/self/picture"));
}

#[test]
fn a_dash_is_standard_output() {
    let output = Output::open(Path::new("-")).expect("it is open");
    assert!(output.is_standard_output());
    assert!(!Output::open(Path::new("./-")).expect("a file").is_standard_output());
}
