//! A service on tokio's multi-thread runtime.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::runtime::Builder;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use crate::Meter;
use crate::buffers::{check, filled};
use crate::vectors::grown;

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;
const WORKERS: usize = 8;
const REQUESTS_AT_A_TIME: usize = 6;
const COLUMNS: usize = 4;

/// Bytes that the requests have allocated, now and at the peak.
#[derive(Default)]
struct Live {
    now: AtomicU64,
    most: AtomicU64,
}

impl Live {
    fn add(&self, bytes: usize) {
        let now = self.now.fetch_add(bytes as u64, Ordering::Relaxed) + bytes as u64;
        self.most.fetch_max(now, Ordering::Relaxed);
    }

    fn subtract(&self, bytes: usize) {
        self.now.fetch_sub(bytes as u64, Ordering::Relaxed);
    }
}

/// The result of a request; the permit counts it as one of the requests in progress.
struct Answer {
    columns: Vec<Vec<u8>>,
    mark: u8,
    _permit: OwnedSemaphorePermit,
}

/// Serves for this many seconds, then waits with its threads.
pub fn run(meter: &mut Meter, seconds: u64) {
    let runtime = Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .enable_time()
        .build()
        .expect("a runtime can be made");
    let live = Arc::new(Live::default());
    let served = meter.timed_work(seconds, |_| {
        runtime.block_on(serve(Duration::from_secs(seconds), live.clone()))
    });
    meter.live(live.most.load(Ordering::Relaxed));
    meter.figure("requests", served as f64);
    meter.rest(live.now.load(Ordering::Relaxed));
    drop(runtime);
    meter.point("runtime-ended");
}

async fn serve(time: Duration, live: Arc<Live>) -> u64 {
    let start = Instant::now();
    let mut random = fastrand::Rng::with_seed(6);
    let places = Arc::new(Semaphore::new(REQUESTS_AT_A_TIME));
    let (answers, received) = mpsc::channel(REQUESTS_AT_A_TIME);
    let reader = tokio::spawn(drop_answers(received, live.clone()));
    let mut number = 0;
    while start.elapsed() < time {
        let permit = places.clone().acquire_owned().await.expect("never closed");
        let size = random.usize(64 * KIB..=8 * MIB);
        let grows = number % 3 == 0;
        let work = request(size, grows, number as u8, permit, live.clone());
        let answers = answers.clone();
        tokio::spawn(async move {
            let answer = work.await;
            assert!(answers.send(answer).await.is_ok(), "the reader waits");
        });
        number += 1;
    }
    drop(answers);
    reader.await.expect("the reader ends well");
    number
}

async fn request(
    size: usize,
    grows: bool,
    mark: u8,
    permit: OwnedSemaphorePermit,
    live: Arc<Live>,
) -> Answer {
    live.add(size);
    let fetch = move || match grows {
        true => grown(size, 32 * KIB, mark),
        false => filled(size, mark),
    };
    let buffer = tokio::task::spawn_blocking(fetch)
        .await
        .expect("fetching doesn't panic");
    let columns: Vec<Vec<u8>> = buffer
        .chunks(size.div_ceil(COLUMNS))
        .map(<[u8]>::to_vec)
        .collect();
    // The buffer and its columns exist at the same time.
    live.add(size);
    drop(buffer);
    live.subtract(size);
    Answer {
        columns,
        mark,
        _permit: permit,
    }
}

async fn drop_answers(mut answers: mpsc::Receiver<Answer>, live: Arc<Live>) {
    while let Some(answer) = answers.recv().await {
        let size = answer.columns.iter().map(Vec::len).sum();
        for column in &answer.columns {
            check(column, answer.mark);
        }
        drop(answer.columns);
        live.subtract(size);
    }
}
