//! The commands, one file each.

pub mod audit;
pub mod ci;
pub mod compile;
pub mod image;
pub mod matrix;
pub mod minimum;
pub mod package;
pub mod parity;
pub mod publish;
pub mod rungs;
pub mod semver;
pub mod tidy;
pub mod vendor;
