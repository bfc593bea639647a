//! Rust twins of what threads share in `snmalloc-sys/shim`, small enough for loom to run every
//! interleaving: `cargo test --manifest-path models/Cargo.toml`.
//!
//! A twin lists the atomic operations of the C++ with their orderings. Its test runs it as it
//! is, with each needed ordering weakened to relaxed, and with each of its faults; all but the
//! first must break. `tests/shim.rs` compares the lists with the C++, so a change of one is a
//! change of the other. The argument for an ordering is the comment `Ordering:` at the C++
//! structure.
//!
//! Limits of loom 0.7.3: it treats sequentially consistent operations as acquire and release,
//! which suffices, since the shim's operations without an explicit ordering need none. It leaves
//! out some interleavings and invents others; [`model::Start`] and [`model::exchange`] work
//! around the known cases.

pub mod background_purge;
pub mod bounds;
pub mod cache_use;
pub mod config;
pub mod flag_lock;
pub mod idle_list;
pub mod looseness;
pub mod model;
pub mod pages;
pub mod patient_lock;
pub mod plain;
pub mod purge_due;
pub mod sharded_cache;
