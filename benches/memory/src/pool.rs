//! Columns that a pool of threads makes.

use std::sync::mpsc::{channel, sync_channel};
use std::thread;

use crate::Meter;
use crate::buffers::{check, filled};

const MIB: usize = 1 << 20;
const THREADS: usize = 8;

/// Columns of 32 MiB.
pub fn columns_32m(meter: &mut Meter, rounds: u64) {
    columns(meter, rounds, 32 * MIB);
}

/// Columns of 16 MiB.
pub fn columns_16m(meter: &mut Meter, rounds: u64) {
    columns(meter, rounds, 16 * MIB);
}

/// The pool's threads wait for the next round while the columns are dropped.
fn columns(meter: &mut Meter, rounds: u64, size: usize) {
    let (made, columns) = channel();
    let pool: Vec<_> = (0..THREADS)
        .map(|_| {
            let made = made.clone();
            let (order, orders) = sync_channel::<u8>(1);
            let thread = thread::spawn(move || {
                for mark in orders {
                    made.send(filled(size, mark)).expect("someone takes it");
                }
            });
            (order, thread)
        })
        .collect();
    meter.work(|meter| {
        let mut before: Vec<Vec<u8>> = Vec::new();
        for round in 0..rounds {
            for (order, _) in &pool {
                order.send(round as u8).expect("the thread waits");
            }
            // The last round's columns are used until the new ones are ready.
            let round_before = round.wrapping_sub(1) as u8;
            let now = columns.iter().take(THREADS).collect();
            meter.live((2 * THREADS * size) as u64);
            for column in std::mem::replace(&mut before, now) {
                check(&column, round_before);
            }
        }
    });
    meter.rest(0);
    for (order, thread) in pool {
        drop(order);
        thread.join().expect("a thread ends well");
    }
}
