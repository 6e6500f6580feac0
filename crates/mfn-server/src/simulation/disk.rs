//! The disk that the audit is written to, with its faults.

use std::io::{self, ErrorKind, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::sabotage::Sabotage;
use super::world::World;
use crate::audit::OtherSink;

/// How a disk takes what is written to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mood {
    /// All of it.
    Well,
    /// At most so many bytes at once, and every other time none, with an error.
    Short(usize),
    /// So many bytes more, with which it is full.
    Full(usize),
    /// Nothing, as a pipe that nobody reads.
    Unread,
    /// Nothing, and it says that this is no error.
    Nothing,
    /// Nothing, with an error of the device.
    Broken,
    /// It says that it takes all, and takes nothing: no disk may, so this is how it is known
    /// that a lost line is found.
    Lying,
}

/// The files that the audit has written to, the last of which it writes to now.
#[derive(Clone)]
pub(super) struct Disk {
    world: World,
    state: Arc<Mutex<State>>,
}

struct State {
    files: Vec<Vec<u8>>,
    mood: Mood,
    writes: usize,
    can_be_reopened: bool,
    tells_of_another_file: bool,
}

impl Disk {
    pub(super) fn new(world: &World, sabotage: Sabotage) -> Self {
        let state = State {
            files: vec![Vec::new()],
            mood: if sabotage == Sabotage::LosesLines { Mood::Lying } else { Mood::Well },
            writes: 0,
            can_be_reopened: true,
            tells_of_another_file: sabotage != Sabotage::RotatesUnseen,
        };
        Self { world: world.clone(), state: Arc::new(Mutex::new(state)) }
    }

    pub(super) fn is_in(&self, mood: Mood) {
        self.state().mood = mood;
    }

    /// From now on the audit can go on in another file, or cannot.
    pub(super) fn can_be_reopened(&self, can_be: bool) {
        self.state().can_be_reopened = can_be;
    }

    /// What is in the files.
    pub(super) fn files(&self) -> Vec<Vec<u8>> {
        self.state().files.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Write for Disk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut state = self.state();
        state.writes += 1;
        let is_odd = state.writes % 2 == 1;
        let (fault, taken) = match state.mood {
            Mood::Well => {
                // It is called once more at once.
                if state.writes.is_multiple_of(13) {
                    return Err(ErrorKind::Interrupted.into());
                }
                (None, Ok(bytes.len()))
            }
            Mood::Short(most) if is_odd => (Some("disk: short write"), Ok(bytes.len().min(most))),
            Mood::Short(_) | Mood::Broken => {
                (Some("disk: error"), Err(io::Error::other("an error of the device")))
            }
            Mood::Full(0) => (Some("disk: full"), Err(ErrorKind::StorageFull.into())),
            Mood::Full(room) => {
                let taken = bytes.len().min(room);
                state.mood = Mood::Full(room - taken);
                (None, Ok(taken))
            }
            Mood::Unread => {
                (Some("disk: pipe that nobody reads"), Err(ErrorKind::WouldBlock.into()))
            }
            Mood::Nothing => (Some("disk: nothing taken"), Ok(0)),
            Mood::Lying => return Ok(bytes.len()),
        };
        if let Ok(taken) = &taken
            && let Some(file) = state.files.last_mut()
        {
            file.extend_from_slice(&bytes[..*taken]);
        }
        drop(state);
        if let Some(fault) = fault {
            self.world.injects(fault);
        }
        taken
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl OtherSink for Disk {
    fn reopen(&mut self) -> io::Result<bool> {
        let mut state = self.state();
        if !state.can_be_reopened {
            drop(state);
            self.world.injects("disk: cannot be reopened");
            return Err(ErrorKind::PermissionDenied.into());
        }
        state.files.push(Vec::new());
        Ok(state.tells_of_another_file)
    }
}
