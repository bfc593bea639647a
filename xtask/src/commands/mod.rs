//! The commands, one file each.

pub mod audit;
pub mod bench;
pub mod build;
pub mod ci;
pub mod compile;
pub mod cross_config;
pub mod doctor;
pub mod env;
pub mod image;
pub mod matrix;
pub mod minimum;
pub mod on_device;
pub mod package;
pub mod parity;
pub mod publish;
pub mod rungs;
pub mod semver;
pub mod targets;
pub mod test;
pub mod tidy;
pub mod vendor;
