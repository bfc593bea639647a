//! Decides what would run: targets, toolchain, standard library, builder, and cargo's command.

pub mod cargo_command;
pub mod lto;
pub mod resolve;
pub mod rust_std;
pub mod targets;
