//! The keys of a simulation: what a file of keys says at a time, and how calls are signed.

use std::time::{Duration, SystemTime};

use mfn_access::{Header, KeyId, KeySettings, Limits, Secret, Service, Services, Signer};

use super::dice::Dice;

/// The ids of all keys that there can be. The first is in every file, and is signed with by
/// one secret always.
pub(super) const IDS: [&str; 4] = ["always", "b", "c", "d"];

/// What a key is in a file.
#[derive(Clone, Debug)]
pub(super) struct KeyInFile {
    pub(super) id: &'static str,
    /// Which of its secrets are taken.
    pub(super) versions: Vec<u64>,
    pub(super) limits: Limits,
    pub(super) services: Services,
}

impl KeyInFile {
    fn draw(id: &'static str, dice: &mut Dice) -> Self {
        let versions = match id {
            "always" => vec![0],
            _ => dice.pick(&[vec![0], vec![0, 1], vec![1], vec![1, 2]]),
        };
        let of_some = [Service::Simulation, Service::Features].into_iter().collect();
        let services = dice.pick(&[Services::ALL, Services::ALL, Services::ALL, of_some]);
        Self { id, versions, limits: limits(dice), services }
    }

    /// What the server is told of it.
    pub(super) fn settings(&self) -> KeySettings {
        let secrets = self.versions.iter().map(|version| secret(self.id, *version)).collect();
        let id = KeyId::new(self.id).expect("an id");
        KeySettings { id, secrets, services: self.services, limits: self.limits }
    }
}

/// A whole file.
pub(super) fn file(dice: &mut Dice) -> Vec<KeyInFile> {
    let is_in = |id: &&'static str, dice: &mut Dice| *id == IDS[0] || dice.chance(70);
    let ids: Vec<_> = IDS.into_iter().filter(|id| is_in(id, dice)).collect();
    ids.into_iter().map(|id| KeyInFile::draw(id, dice)).collect()
}

pub(super) fn limits(dice: &mut Dice) -> Limits {
    Limits {
        rps: dice.pick(&[0, 1, 2, 4, 8, 1000]),
        concurrent: dice.pick(&[0, 1, 3, 6, 100]),
        max_cost: 0,
        worker_share: dice.pick(&[0, 0, 1]),
    }
}

/// What a call shows of who makes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Credentials {
    Right,
    None,
    /// Of a key that is in no file.
    UnknownKey,
    WrongSignature,
}

/// Who makes a call, and by which clock.
#[derive(Clone, Copy, Debug)]
pub(super) struct Signature {
    pub(super) key: &'static str,
    pub(super) version: u64,
    pub(super) credentials: Credentials,
    /// How far the client's clock goes ahead of the right time, in seconds.
    pub(super) clock_ahead: i64,
}

impl Signature {
    pub(super) fn draw(dice: &mut Dice) -> Self {
        let credentials = dice.weighted(&[
            (88, Credentials::Right),
            (4, Credentials::None),
            (4, Credentials::UnknownKey),
            (4, Credentials::WrongSignature),
        ]);
        let key = dice.weighted(&[(10, "always"), (3, "b"), (2, "c"), (1, "d")]);
        let version = if key == IDS[0] { 0 } else { dice.pick(&[0, 0, 1, 1, 2]) };
        let clock_ahead = dice.weighted(&[(90, 0), (3, -299), (3, 299), (2, -301), (2, 301)]);
        Self { key, version, credentials, clock_ahead }
    }

    /// The headers of a call to `path` that is signed at the right time `now`, and the time
    /// that they say.
    pub(super) fn headers(&self, path: &str, now: SystemTime) -> Vec<(&'static str, String)> {
        let (id, version) = match self.credentials {
            Credentials::None => return Vec::new(),
            Credentials::UnknownKey => ("nobody", 0),
            Credentials::Right | Credentials::WrongSignature => (self.key, self.version),
        };
        let timestamp = self.timestamp(now);
        let timestamp = format!("{}.{:09}", timestamp.as_secs(), timestamp.subsec_nanos());
        let signed = if self.credentials == Credentials::WrongSignature { "/other" } else { path };
        let signer = Signer::new(&secret(id, version));
        let signature = signer.sign(timestamp.as_bytes(), signed).to_string();
        let names = Header::ALL.map(Header::name);
        names.into_iter().zip([secret_text(id, version), timestamp, signature]).collect()
    }

    /// What the call says of the time, since 1970.
    pub(super) fn timestamp(&self, now: SystemTime) -> Duration {
        let since_1970 = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let ahead = Duration::from_secs(self.clock_ahead.unsigned_abs());
        if self.clock_ahead < 0 { since_1970.saturating_sub(ahead) } else { since_1970 + ahead }
    }
}

fn secret(id: &str, version: u64) -> Secret {
    Secret::new(&secret_text(id, version)).expect("a secret")
}

fn secret_text(id: &str, version: u64) -> String {
    format!("secret-{version}-of-{id}")
}
