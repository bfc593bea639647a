//! A request as plain data. The command line is converted into it once; nothing below the commands
//! uses clap's structs.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::ValueEnum;
use snmalloc_toolchains::Group;

/// How much is printed.
#[derive(Clone, Copy)]
pub struct Verbosity {
    /// Print the output of every tool.
    pub verbose: bool,
    /// Print errors only.
    pub quiet: bool,
}

/// The selected targets.
#[derive(Clone)]
pub struct TargetSelection {
    /// Triples, which may end in a glibc version.
    pub triples: Vec<String>,
    pub groups: Vec<Group>,
    pub all: bool,
}

impl TargetSelection {
    /// Returns true if nothing is selected: this machine's own target is meant.
    pub fn is_empty(&self) -> bool {
        self.triples.is_empty() && self.groups.is_empty() && !self.all
    }
}

/// A request to build or test targets.
#[derive(Clone)]
pub struct BuildRequest {
    pub targets: TargetSelection,
    /// Targets that must not be skipped, or `all`.
    pub deny_skip: Vec<String>,
    pub jobs: Option<NonZeroUsize>,
    pub toolchain: Option<ToolchainKind>,
    pub mingw_runtime: Option<MingwRuntime>,
    pub builder: BuilderChoice,
    pub features: Vec<String>,
    pub no_default_features: bool,
    pub release: bool,
    pub profile: Option<String>,
    pub lto: bool,
    pub std: StdChoice,
    pub offline: bool,
    pub dry_run: bool,
    pub json: bool,
    pub engine: EngineRequest,
}

/// The engine to run in, and its limits.
#[derive(Clone)]
pub struct EngineRequest {
    pub kind: EngineKind,
    /// An existing image to use instead of the target's.
    pub image: Option<String>,
    pub memory: Option<String>,
    pub cpus: Option<String>,
    /// Remove build results of containers afterwards.
    pub clean: bool,
    /// The file for the results of a run inside a container.
    pub inside: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum MingwRuntime {
    Static,
    Shared,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum BuilderChoice {
    /// The choice of a plain `cargo build`
    Auto,
    /// CMake
    Cmake,
    /// The cc crate
    Cc,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ToolchainKind {
    /// The installed compiler, else zig
    Auto,
    /// The installed compiler
    System,
    /// zig
    Zig,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum StdChoice {
    /// Installed, else from rustup, else built from source
    Auto,
    /// Installed, or from rustup
    Prebuilt,
    /// Built from source, with `-Zbuild-std`
    Build,
}

/// Engines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum EngineKind {
    /// This machine
    Host,
    /// Containers, with docker or else podman
    Container,
    /// Containers, with cross
    Cross,
    /// Containers, with docker
    Docker,
    /// Containers, with podman
    Podman,
}

impl EngineKind {
    /// Every engine.
    pub fn all() -> &'static [Self] {
        Self::value_variants()
    }

    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Cross => "cross",
            Self::Container | Self::Docker | Self::Podman => "container",
        }
    }
}
