//! Who calls: from three headers to a key.

use std::sync::Arc;

use crate::keys::{Key, KeySet};
use crate::replay::NotOnce;
use crate::shared::SingleUse;
use crate::signature::Signature;
use crate::timestamp::{MAX_SKEW, Skew, Timestamp};

/// One of the headers that a call is signed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Header {
    /// `x-api-key`: the secret.
    ApiKey,
    /// `x-timestamp`: Unix seconds.
    Timestamp,
    /// `x-signature`: 64 hexadecimal digits.
    Signature,
}

impl Header {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::ApiKey, Self::Timestamp, Self::Signature];

    /// The header's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ApiKey => "x-api-key",
            Self::Timestamp => "x-timestamp",
            Self::Signature => "x-signature",
        }
    }
}

/// What a call has of one header.
#[derive(Clone, Copy)]
pub enum Occurrence<'a> {
    /// Nothing.
    Absent,
    /// One value.
    Once(&'a [u8]),
    /// More than one value.
    Repeated,
}

impl<'a> Occurrence<'a> {
    /// Of all values that the call has of a header.
    pub fn of(values: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut values = values.into_iter();
        match (values.next(), values.next()) {
            (None, _) => Self::Absent,
            (Some(value), None) => Self::Once(value),
            (Some(_), Some(_)) => Self::Repeated,
        }
    }

    fn value(self, header: Header) -> Result<&'a [u8], Refusal> {
        match self {
            Self::Absent => Err(Refusal::Missing(header)),
            Self::Repeated => Err(Refusal::Repeated(header)),
            Self::Once(value) if !value.is_ascii() => Err(Refusal::NotAscii(header)),
            Self::Once(value) => Ok(value),
        }
    }
}

/// What a call presents.
#[derive(Clone, Copy)]
pub struct Presented<'a> {
    /// [`Header::ApiKey`]
    pub api_key: Occurrence<'a>,
    /// [`Header::Timestamp`]
    pub timestamp: Occurrence<'a>,
    /// [`Header::Signature`]
    pub signature: Occurrence<'a>,
}

impl Presented<'_> {
    /// What is absent is told before what is wrong with the rest.
    fn check_presence(self) -> Result<(), Refusal> {
        let all = [self.api_key, self.timestamp, self.signature];
        let absent = |(occurrence, header)| {
            matches!(occurrence, Occurrence::Absent).then_some(Refusal::Missing(header))
        };
        all.into_iter().zip(Header::ALL).find_map(absent).map_or(Ok(()), Err)
    }
}

/// A call whose signature holds, within the window.
#[derive(Clone, Debug)]
pub struct Authenticated {
    /// Who calls.
    pub key: Arc<Key>,
    signature: Signature,
    timestamp: Timestamp,
    /// The server's time when it was found to hold.
    at: Timestamp,
}

impl Authenticated {
    /// Lets the signature serve this one call only. For servers that protect
    /// against replays.
    ///
    /// # Errors
    /// It has served before, or cannot be remembered.
    pub fn use_up(&self) -> Result<(), NotOnce> {
        self.key.use_up(&self.signature, self.timestamp, self.at)
    }

    /// Takes that back, for a call that is not served after all: it may be sent
    /// again.
    pub fn give_back(&self) {
        self.key.give_back(&self.signature, self.timestamp);
    }

    /// The signature as servers name it to each other that let it serve one call of all.
    #[must_use]
    pub fn single_use(&self) -> SingleUse {
        let skew = self.timestamp.skew(self.at);
        SingleUse::new(&self.signature, self.timestamp, skew, self.key.limits().rps)
    }
}

/// The key that signed a call to `method`, the full path as in
/// `/mfn.MFNSimulationService/RunSimulation`, at the server's time `now`.
///
/// # Errors
/// See [`Refusal`]; the first of its reasons that applies, in its order.
pub fn authenticate(
    keys: &KeySet,
    presented: Presented<'_>,
    method: &str,
    now: Timestamp,
) -> Result<Authenticated, Refusal> {
    presented.check_presence()?;
    let api_key = presented.api_key.value(Header::ApiKey)?;
    let written = presented.timestamp.value(Header::Timestamp)?;
    let digits = presented.signature.value(Header::Signature)?;
    let timestamp = Timestamp::parse(written).map_err(|_| Refusal::MalformedTimestamp)?;
    let (key, signature) =
        keys.verify(api_key, written, method, digits).ok_or(Refusal::NotVerified)?;
    // After the signature: only who has the key is told the server's time.
    let skew = timestamp.skew(now);
    if !skew.is_within_window() {
        return Err(Refusal::OutsideWindow { timestamp, now, skew });
    }
    Ok(Authenticated { key: Arc::clone(key), signature, timestamp, at: now })
}

/// Why a call is not taken for a key's, in one sentence that says what to change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The header is not there.
    #[error("sign the call with x-api-key, x-timestamp and x-signature: {} is missing", .0.name())]
    Missing(Header),
    /// The header is there more than once.
    #[error("send {} once, not twice or more", .0.name())]
    Repeated(Header),
    /// The header is not of ASCII characters.
    #[error("send {} in ASCII characters", .0.name())]
    NotAscii(Header),
    /// The timestamp is not what [`Timestamp::parse`] reads.
    #[error(
        "send x-timestamp as Unix seconds: 1 to 12 digits, and optionally a point and 1 to 9 digits"
    )]
    MalformedTimestamp,
    /// The key is unknown, or the signature is not the key's for this call.
    /// Which of the two is not told.
    #[error(
        "sign with a valid key: x-signature is the hexadecimal HMAC-SHA256, keyed with x-api-key, of \
         x-timestamp followed by the method's full path"
    )]
    NotVerified,
    /// The timestamp is too far from the server's time.
    #[error(
        "set the clock, or sign the call anew: x-timestamp is {} the server's time, allowed is {} s",
        away_by(*skew),
        MAX_SKEW.as_secs()
    )]
    OutsideWindow {
        /// Of the call.
        timestamp: Timestamp,
        /// Of the server.
        now: Timestamp,
        /// How far the first is ahead of the second.
        skew: Skew,
    },
}

/// How far a timestamp is away, and on which side.
fn away_by(skew: Skew) -> String {
    if skew < Skew::NONE { format!("{} s behind", -skew) } else { format!("{skew} s ahead of") }
}
