//! Small programs of the kinds that people write.

pub mod compiler;
pub mod json;
pub mod search;
pub mod store;
