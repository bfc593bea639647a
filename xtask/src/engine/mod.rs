//! Where jobs run.

pub mod host;
