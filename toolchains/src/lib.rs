// SPDX-License-Identifier: MIT
//! Decides how snmalloc's C++ is compiled for a target triple.
//!
//! Three plain values, each made from the previous one:
//!
//! * [`Target`]: the facts that follow from a triple, independent of any machine;
//! * [`Toolchain`]: the tools that a [`Machine`] has for that target, or [`Error`]: what was not
//!   found, the paths that were searched, and the command that installs it;
//! * [`Plan`]: the one list of options that both builders (cc and CMake) read.
//!
//! All access to the outside world goes through [`Machine`], so that each target and host can be
//! resolved and tested on any machine.

#![cfg_attr(
    not(feature = "full"),
    allow(
        dead_code,
        unused_imports,
        reason = "only xtask needs linkers and runners"
    )
)]

mod builder;
pub mod catalog;
pub mod env_vars;
mod error;
mod features;
pub mod find;
#[cfg(feature = "full")]
mod group;
#[cfg(feature = "full")]
mod image;
mod install_hint;
mod machine;
mod plan;
mod probe;
pub mod quote;
mod rung;
pub mod symbols;
mod target;
mod toolchain;
pub mod user_flags;
pub mod vars;
pub mod wrapper;

#[cfg(feature = "full")]
pub use builder::can_work as builder_can_work;
pub use builder::{Builder, Choice, Cmake, choose as choose_builder};
pub use error::Error;
pub use features::{FEATURES, Feature, FeatureId, Features, Scope};
#[cfg(feature = "full")]
pub use group::Group;
#[cfg(feature = "full")]
pub use install_hint::install_commands;
pub use install_hint::{Need, install_command};
#[cfg(feature = "full")]
pub use machine::{FakeMachine, Overlay};
pub use machine::{Machine, Output, RealMachine};
pub use plan::{Inputs, Opt, Plan, plan};
pub use probe::{Probes, probe};
pub use rung::Rung;
pub use target::Target;
pub use target::cpu::rust_arch;
#[cfg(feature = "full")]
pub use toolchain::Toolchain;
pub use toolchain::{Compiler, Family, Origin, Tool, llvm_of};
