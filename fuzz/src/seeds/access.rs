//! Times and signatures, and a key whose methods are called.

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let mut seeds: Vec<Vec<u8>> = ["1700000000.5", "0", "999999999999.999999999", "1.", ".5", "+1"]
        .map(|text| [&[0], text.as_bytes()].concat())
        .into();
    let signed = |change: &[u8]| {
        let mut seed = vec![1];
        for text in ["a-secret", "1700000000.5", "/mfn.MFNSimulationService/RunSimulation"] {
            seed.push(text.len() as u8);
            seed.extend(text.as_bytes());
        }
        [&seed, change].concat()
    };
    seeds.extend([&[0][..], &[1], &[2, 3, b'0'], &[3, b'0'], &[4, 62]].map(signed));
    for key in 0..2 {
        for method in 0..3 {
            let mut seed = vec![2, key, method, method, key, 0, 1];
            seed.extend(310_u32.to_le_bytes());
            seed.extend([0; 5]);
            seeds.push(seed);
        }
    }
    seeds
}
