//! Stores that do as they should, and one of each kind that do not.

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let mut seeds: Vec<_> = (0..4).map(|first| vec![first + 32, 5, 0, 0, 200, 1, 9]).collect();
    for step in 1..13 {
        for saying in (0..24).filter(|saying| *saying == 0 || step == 1) {
            // The greetings are right, and then one answer is not.
            let mut seed = vec![32, 3, 0, 0, 140, 0];
            seed.extend([0; 4]);
            seed.extend([step, saying, 3, b'*', b'1', b'\r']);
            seeds.push(seed);
        }
    }
    seeds
}
