//! What `cargo xtask bench` consists of.
//!
//! [`variants`] says how a program is built for each allocator, [`build`] builds it,
//! [`run`] measures and [`instructions`] counts; the [`report`] of it all is data, which
//! [`table`] and [`html`] show and [`baseline`] compares with an earlier one.

pub mod baseline;
pub mod build;
pub mod html;
pub mod instructions;
pub mod machine;
pub mod measure;
pub mod page_tables;
pub mod plot;
pub mod report;
pub mod row;
pub mod run;
pub mod stats;
pub mod table;
pub mod variants;
pub mod words;
