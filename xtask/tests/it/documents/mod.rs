//! What the documents say is true: commands work, code compiles, errors are quoted as
//! they are told, and the steps for a new target really add one.

mod by_ci;
mod commands;
mod errors;
mod fences;
mod new_target;
pub mod scratch;
mod snippets;
