//! `ShardedCache::take` and `put` in `sharded_cache.h`, and the free of a large block in `large.h`:
//! one shard with one bin of one slot.

use loom::sync::atomic::AtomicUsize;

use crate::model::{Operation, Variant, relaxed};
use crate::patient_lock::{self, PatientLock};
use crate::plain::Plain;

/// The lock's operations, and those of the bin and the shard.
pub const OPERATIONS: [Operation; 8] = [
    patient_lock::OPERATIONS[0],
    patient_lock::OPERATIONS[1],
    patient_lock::OPERATIONS[2],
    relaxed(
        ("sharded_cache.h", "bool take(const void* thread"),
        "bin.count.load(",
    ),
    relaxed(("sharded_cache.h", "void add("), "count.store(at + 1, "),
    relaxed(
        ("sharded_cache.h", "CachedChunk remove(size_t index)"),
        "count.store(left, ",
    ),
    relaxed(
        ("sharded_cache.h", "void count(size_t more)"),
        "bytes.load(",
    ),
    relaxed(
        ("sharded_cache.h", "void count(size_t more)"),
        "bytes.store(bytes.load(stl::memory_order_relaxed) + more, ",
    ),
];

const SLOTS: usize = 1;

/// Changes that break it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fault {
    /// `take` doesn't look at the count again under the lock.
    TrustsHint,
    /// `bytes`, which isn't changed atomically, is changed without the lock.
    CountsWithoutLock,
    /// The pagemap entry is marked once the chunk is cached.
    MarksAfterPut,
}

/// A bin and its lock; chunks are numbers.
pub struct Shard {
    lock: PatientLock,
    chunks: Plain<Vec<usize>>,
    count: AtomicUsize,
    bytes: AtomicUsize,
    /// The pages of each chunk, and its pagemap entry.
    memory: [(Plain<usize>, Plain<bool>); 2],
    variant: Variant<8, Fault>,
}

impl Shard {
    /// An empty one.
    pub fn new(variant: Variant<8, Fault>) -> Self {
        Self {
            lock: PatientLock::new([0, 1, 2].map(|index| variant.ordering(index))),
            chunks: Plain::default(),
            count: AtomicUsize::new(0),
            bytes: AtomicUsize::new(0),
            memory: Default::default(),
            variant,
        }
    }

    /// `ShardedCache::take`.
    pub fn take(&self) -> Option<usize> {
        let hint = self.count.load(self.variant.ordering(3));
        if hint == 0 {
            return None;
        }
        let mut chunk = None;
        self.lock.with(|| {
            let found = if self.variant.has(Fault::TrustsHint) {
                hint
            } else {
                self.count.load(self.variant.ordering(3))
            };
            if found != 0 {
                chunk = Some(self.remove(found - 1));
            }
        });
        chunk
    }

    /// `ShardedCache::put`: false if the chunk is not cached, and a chunk that made room for it.
    pub fn put(&self, chunk: usize) -> (bool, Option<usize>) {
        let mut oldest = None;
        let done = self.lock.with(|| {
            let count = self.count.load(self.variant.ordering(3));
            if count == SLOTS {
                oldest = Some(self.remove(0));
            }
            let at = count - oldest.iter().count();
            self.chunks.update(|chunks| chunks.insert(at, chunk));
            self.count.store(at + 1, self.variant.ordering(4));
            if !self.variant.has(Fault::CountsWithoutLock) {
                self.add_bytes(1);
            }
        });
        if done && self.variant.has(Fault::CountsWithoutLock) {
            self.add_bytes(1);
        }
        (done, oldest)
    }

    fn remove(&self, at: usize) -> usize {
        let (chunk, left) = self
            .chunks
            .update(|chunks| (chunks.remove(at), chunks.len()));
        self.count.store(left, self.variant.ordering(5));
        self.add_bytes(usize::MAX);
        chunk
    }

    fn add_bytes(&self, more: usize) {
        let bytes = self.bytes.load(self.variant.ordering(6));
        self.bytes
            .store(bytes.wrapping_add(more), self.variant.ordering(7));
    }

    /// Uses a chunk for a block: writes its pagemap entry and its pages.
    pub fn use_block(&self, chunk: usize) {
        let (pages, live) = &self.memory[chunk];
        live.update(|live| assert!(!std::mem::replace(live, true), "the chunk is in use"));
        pages.update(|page| *page += 1);
    }

    /// `Large::free` without the thread's own cache; returns a chunk that goes back to the OS.
    pub fn free(&self, chunk: usize) -> Option<usize> {
        let mark = || self.memory[chunk].1.update(|live| *live = false);
        if self.variant.has(Fault::MarksAfterPut) {
            let (done, oldest) = self.put(chunk);
            mark();
            return if done { oldest } else { Some(chunk) };
        }
        mark();
        let (done, oldest) = self.put(chunk);
        if done { oldest } else { Some(chunk) }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::Ordering;

    use super::{Fault, OPERATIONS, Shard};
    use crate::model::{Model, Start, Variant};

    /// Frees a block, and takes a chunk for the next one; returns the chunks that it has then.
    fn thread(shard: &Shard, own: usize) -> Vec<usize> {
        shard.use_block(own);
        let mut has: Vec<usize> = shard.free(own).into_iter().collect();
        if let Some(chunk) = shard.take() {
            shard.use_block(chunk);
            has.push(chunk);
        }
        has
    }

    fn run(variant: Variant<8, Fault>) {
        let shard = Arc::new(Shard::new(variant));
        let other = shard.clone();
        let start = Start::new();
        let joined = start.spawn(move || thread(&other, 1));
        start.pass();
        let mut chunks = thread(&shard, 0);
        chunks.extend(joined.join().expect("no panic"));
        let cached = shard.chunks.update(std::mem::take);
        assert_eq!(
            shard.bytes.load(Ordering::Relaxed),
            cached.len(),
            "bytes are wrong"
        );
        chunks.extend(cached);
        chunks.sort();
        assert_eq!(chunks, [0, 1], "each chunk is in one place");
    }

    #[test]
    fn a_chunk_and_its_memory_have_one_owner() {
        let faults = &[
            Fault::TrustsHint,
            Fault::CountsWithoutLock,
            Fault::MarksAfterPut,
        ];
        Model {
            name: "sharded_cache",
            operations: OPERATIONS,
            faults,
            preemptions: None,
            run,
        }
        .check();
    }
}
