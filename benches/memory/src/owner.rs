//! Blocks freed by another thread than their owner, which waits.

use std::sync::mpsc::channel;
use std::thread;

use crate::Meter;
use crate::buffers::{filled_up, free_all};

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

/// Large blocks.
pub fn large(meter: &mut Meter, mib: u64) {
    waits(meter, mib, |random| random.usize(MIB..=8 * MIB));
}

/// Medium blocks.
pub fn medium(meter: &mut Meter, mib: u64) {
    waits(meter, mib, |random| random.usize(16 * KIB..=MIB));
}

/// Small blocks.
pub fn small(meter: &mut Meter, mib: u64) {
    waits(meter, mib, |random| random.usize(16..=KIB));
}

fn waits(meter: &mut Meter, mib: u64, sizes: fn(&mut fastrand::Rng) -> usize) {
    let (send, blocks) = channel();
    let (end, ended) = channel::<()>();
    let owner = thread::spawn(move || {
        let made = filled_up(mib as usize * MIB, sizes);
        send.send(made).expect("the main thread waits for them");
        // The thread waits until the memory has been measured.
        ended.recv().ok();
    });
    meter.work(|meter| {
        let blocks = blocks.recv().expect("the owner sends them");
        meter.live(mib << 20);
        meter.count_mappings();
        let free = thread::spawn(|| free_all(blocks));
        free.join().expect("every block is as it was");
    });
    meter.rest(0);
    end.send(()).expect("the owner waits");
    owner.join().expect("the owner ends well");
    meter.point("owner-ended");
}
