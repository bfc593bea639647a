//! Vectors that grow, and keep their contents.

use std::hint::black_box;

use crate::Session;

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// To 96 MiB, as `extend` grows it.
pub fn doubling(session: &mut Session) -> u64 {
    grow(session, 96 * MIB, 4 * KIB, |_| {})
}

/// To 16 MiB, by 64 KiB each time.
pub fn steps(session: &mut Session) -> u64 {
    grow(session, 16 * MIB, 64 * KIB, |bytes| {
        bytes.reserve_exact(64 * KIB);
    })
}

fn grow(session: &mut Session, to: usize, by: usize, make_room: impl Fn(&mut Vec<u8>)) -> u64 {
    let iterations = session.iterations;
    let chunk: Vec<u8> = (0..by).map(|i| i as u8).collect();
    session.measure(|| {
        let mut sum = 0;
        for i in 0..iterations {
            let mut bytes = Vec::new();
            while bytes.len() < to {
                make_room(&mut bytes);
                bytes.extend_from_slice(black_box(&chunk));
            }
            // The first contents must have been moved along.
            let found = bytes
                .iter()
                .step_by(4 * KIB + 1)
                .map(|byte| u64::from(*byte));
            sum += found.sum::<u64>() + i;
        }
        sum
    })
}
