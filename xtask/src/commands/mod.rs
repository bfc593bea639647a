//! One file a command.

pub mod build;
pub mod parity;
pub mod test;
pub mod tidy;
pub mod vendor;
