//! The documents are correct: commands work, code compiles, errors are quoted literally, and
//! the steps for a new target add one.

mod by_ci;
mod commands;
mod errors;
mod fences;
mod new_target;
pub mod scratch;
mod snippets;
mod structure;
