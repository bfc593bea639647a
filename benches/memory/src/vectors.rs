//! Vectors that grow.

use crate::Meter;
use crate::buffers::{check, filled};

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

/// Scratch buffers of 16 MiB, vectors of 2 MiB.
pub fn scratch_grown_2m(meter: &mut Meter, vectors: u64) {
    scratch_grown(meter, vectors, 16 * MIB, 2 * MIB);
}

/// Scratch buffers of 4 MiB, vectors of 600 KiB.
pub fn scratch_grown_600k(meter: &mut Meter, vectors: u64) {
    scratch_grown(meter, vectors, 4 * MIB, 600 * KIB);
}

fn scratch_grown(meter: &mut Meter, vectors: u64, scratch: usize, size: usize) {
    let mut kept = meter.work(|meter| {
        let mut kept = Vec::with_capacity(vectors as usize);
        for number in 0..vectors {
            check(&filled(scratch, number as u8), number as u8);
            kept.push(grown(size, 64 * KIB, number as u8));
            meter.live((kept.len() * size + scratch) as u64);
        }
        kept
    });
    let held = kept.iter().map(|vector| vector.len() as u64).sum();
    meter.rest(held);
    for vector in &mut kept {
        vector.shrink_to_fit();
    }
    meter.point("shrunk");
    for (number, vector) in kept.into_iter().enumerate() {
        check(&vector, number as u8);
    }
    meter.point("freed");
}

/// A vector that grows by this step.
pub fn grown(size: usize, step: usize, mark: u8) -> Vec<u8> {
    let mut vector = Vec::new();
    while vector.len() < size {
        let step = step.min(size - vector.len());
        vector.reserve_exact(step);
        vector.resize(vector.len() + step, mark | 1);
    }
    vector
}

/// Vectors with a capacity of 300 KiB and little content, each grown once.
pub fn grown_many(meter: &mut Meter, vectors: u64) {
    meter.work(|meter| {
        let mut kept: Vec<Vec<u8>> = (0..vectors)
            .map(|number| {
                let mut vector = Vec::with_capacity(300 * KIB);
                vector.extend_from_slice(&number.to_le_bytes());
                vector
            })
            .collect();
        meter.point("before-growth");
        for (number, vector) in kept.iter_mut().enumerate() {
            vector.reserve_exact(600 * KIB);
            if number % 4000 == 0 {
                meter.count_mappings();
            }
        }
        meter.live(vectors * 600 * KIB as u64);
        meter.point("grown");
        for (number, vector) in kept.iter().enumerate() {
            assert_eq!(vector.as_slice(), (number as u64).to_le_bytes());
        }
    });
    meter.rest(0);
}
