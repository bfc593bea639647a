//! One file a command.

pub mod build;
pub mod doctor;
pub mod env;
pub mod on_device;
pub mod parity;
pub mod targets;
pub mod test;
pub mod tidy;
pub mod vendor;
