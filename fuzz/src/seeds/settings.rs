//! One of each setting with each kind of value.

use crate::settings;

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for setting in 0..settings::count() as u8 {
        for word in [0, 5, 7, 10, 12] {
            seeds.push(vec![0, setting, 2, word + setting % 5]);
        }
        seeds.push(vec![1, setting, 1, 64, 0, 0, 0, 0, setting + 1, 0, 3, b'a', b'.', b'b']);
    }
    seeds
}
