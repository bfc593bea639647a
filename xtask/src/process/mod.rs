//! Runs programs: a command as data, its output, log and progress, and what an interrupt ends.

pub mod command;
pub mod interrupt;
pub mod log;
pub mod parallel;
pub mod progress;
pub mod quote;
pub mod replace;
pub mod run;
pub mod scratch;
pub mod test_progress;
