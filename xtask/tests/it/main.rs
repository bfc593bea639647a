//! Whole commands, from outside: what a user types, and what comes of it.

mod build_script;
mod commands;
mod features;
mod package;
mod support;
