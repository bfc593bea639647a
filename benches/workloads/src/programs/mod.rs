//! Small programs of typical kinds.

pub mod compiler;
pub mod json;
pub mod search;
pub mod store;
