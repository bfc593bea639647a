//! Whole commands, from outside: what a user types, and what comes of it.
//!
//! They use shell scripts and symbolic links, so they are for unix.
#![cfg(unix)]

mod android;
mod bench;
mod build_script;
mod catalog;
mod commands;
mod compile;
mod containers;
mod docs_rs;
mod documents;
mod engine;
mod examples;
mod features;
mod image;
mod lto;
mod package;
mod pipelines;
mod publish;
mod registry;
mod rust_std;
mod settings;
mod several;
mod source_tree;
mod sources;
mod support;
mod windows;
mod workflows;
mod zig;
