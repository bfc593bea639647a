// SPDX-License-Identifier: MIT
//! A service: buffers are fetched, cut into columns, and dropped, each by other threads.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

use super::{KIB, MIB, grown, next};

const REQUESTS_AT_A_TIME: usize = 6;

/// Bytes that the requests have allocated, and their maximum.
static LIVE: AtomicUsize = AtomicUsize::new(0);
static MOST_LIVE: AtomicUsize = AtomicUsize::new(0);

fn add_live(bytes: usize) {
    let now = LIVE.fetch_add(bytes, Ordering::Relaxed) + bytes;
    MOST_LIVE.fetch_max(now, Ordering::Relaxed);
}

fn subtract_live(bytes: usize) {
    LIVE.fetch_sub(bytes, Ordering::Relaxed);
}

/// A buffer on its way through the service; dropping it sends a reply.
struct Request {
    bytes: Vec<Vec<u8>>,
    done: SyncSender<()>,
}

fn fetch(requests: usize, seed: u64, out: &SyncSender<Request>) {
    let mut random = seed;
    for number in 0..requests {
        let size = next(&mut random, 64 * KIB..=8 * MIB);
        add_live(size);
        let buffer = match number % 3 {
            0 => grown(size, 32 * KIB),
            _ => vec![7; size],
        };
        let (done, answer) = sync_channel(1);
        let bytes = vec![buffer];
        out.send(Request { bytes, done }).expect("a worker waits");
        answer.recv().expect("it is answered");
    }
}

/// Some threads fetch buffers, others cut them into columns, one more drops these. Returns the
/// maximum of live bytes.
pub fn run(requests: usize) -> usize {
    let (fetched, buffers) = sync_channel::<Request>(REQUESTS_AT_A_TIME);
    let (cut, columns) = sync_channel::<Request>(REQUESTS_AT_A_TIME);
    let buffers = Mutex::new(buffers);
    thread::scope(|scope| {
        for seed in 1..=REQUESTS_AT_A_TIME as u64 {
            let fetched = fetched.clone();
            scope.spawn(move || fetch(requests, seed << 32 | seed, &fetched));
        }
        drop(fetched);
        for _ in 0..8 {
            let (cut, buffers) = (cut.clone(), &buffers);
            scope.spawn(move || {
                loop {
                    let Ok(mut request) = buffers.lock().unwrap().recv() else {
                        break;
                    };
                    let buffer = request.bytes.remove(0);
                    let columns = buffer.chunks(buffer.len().div_ceil(4));
                    request.bytes = columns.map(<[u8]>::to_vec).collect();
                    add_live(buffer.len());
                    subtract_live(buffer.len());
                    drop(buffer);
                    cut.send(request).expect("someone drops it");
                }
            });
        }
        drop(cut);
        for request in columns {
            assert!(
                request
                    .bytes
                    .iter()
                    .flatten()
                    .step_by(4099)
                    .all(|it| *it == 7)
            );
            subtract_live(request.bytes.iter().map(Vec::len).sum());
            drop(request.bytes);
            request.done.send(()).expect("it waits");
        }
    });
    MOST_LIVE.load(Ordering::Relaxed)
}
