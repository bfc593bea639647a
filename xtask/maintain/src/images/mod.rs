//! The base image, and the file that lists all images.

pub mod bake;
pub mod debootstrap;
pub mod pinned;
mod sources;
