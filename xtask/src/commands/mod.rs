//! The commands, one file each.

pub mod bench;
pub mod build;
pub mod cross_config;
pub mod doctor;
pub mod env;
pub mod on_device;
pub mod targets;
pub mod test;
