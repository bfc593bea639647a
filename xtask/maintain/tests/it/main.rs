//! Tests of whole commands, from outside: a user's command, and its result.
//!
//! They use shell scripts and symbolic links, so they require unix.
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
mod env;
mod examples;
mod faults;
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
