// SPDX-License-Identifier: MIT
//! From a target triple to the way snmalloc's C++ is compiled for it.
//!
//! Three plain values, each made from the one before:
//!
//! * [`Target`]: what is known of a triple, without any machine;
//! * [`Toolchain`]: what a [`Machine`] offers for that target, or [`Missing`]:
//!   what was looked for, where, and the line that installs it;
//! * [`Plan`]: the one list of options that both builders (cc and CMake) read.
//!
//! Everything that touches the outside world goes through [`Machine`], so that
//! each target and host can be resolved and tested on any machine.

mod builder;
pub mod catalog;
pub mod env_vars;
mod features;
pub mod find;
mod group;
mod image;
mod machine;
mod missing;
mod packages;
mod plan;
mod probe;
mod rung;
pub mod symbols;
mod target;
mod toolchain;
pub mod user_flags;
pub mod vars;
pub mod wrapper;

pub use builder::{Builder, Choice, Cmake, can_work as builder_can_work, choose as choose_builder};
pub use features::{FEATURES, Feature, Features, Scope};
pub use group::Group;
pub use machine::{DescribedMachine, Machine, Output, Overlay, RealMachine};
pub use missing::Missing;
pub use packages::{Need, install_line, install_together};
pub use plan::{Inputs, Opt, Plan, plan};
pub use probe::{Probes, probe};
pub use rung::Rung;
pub use target::Target;
pub use toolchain::{Compiler, Family, Origin, Tool, Toolchain, llvm_of};
