//! The requirements of a test on the machine. A test requests them with
//! [`needs!`](crate::needs), which skips it if the machine doesn't have them. Its commands
//! then find only what it requested (see [`super::machine`]).

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use super::{Run, machine, root};

/// A requirement that not every machine meets. This list is closed: a test makes anything
/// else itself, or does without.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// A compiler, linker or archiver by name, other than the machine's own `c++` and `cc`.
    Compiler(&'static str),
    /// LLVM's C++ library, for clang.
    Libcxx,
    /// CMake, and ninja or make.
    Cmake,
    /// CMake's other generator.
    Ninja,
    /// A target's standard library: installed, or buildable from source.
    Std(&'static str),
    /// The standard library's source.
    RustSrc,
    /// A runner for a target's programs.
    Runner(&'static str),
    /// A running container engine.
    Engine,
    /// An engine that can limit the memory of containers.
    MemoryLimits,
    /// An engine that has the base image.
    BaseImage,
    Zig,
    /// Permission to mount a file system, in a namespace of the test's own.
    Mounts,
    /// The crates that a manifest names, from cargo's cache or from the network.
    Network(&'static str),
    /// git, with the tree in a repository.
    Git,
    /// A program of [`TOOLS`].
    Tool(&'static str),
}

/// Small programs that have tests of their own, or that documents require.
const TOOLS: [&str; 11] = [
    "bash", "cross", "docker", "fish", "jq", "objdump", "pwsh", "rustfmt", "rustup", "valgrind",
    "zsh",
];

/// Skips the test, with the reason, if the machine is missing one of these.
#[macro_export]
macro_rules! needs {
    ($($need:expr),+ $(,)?) => {
        if !$crate::support::needs::met(&[$($need),+]) {
            return;
        }
    };
}

thread_local! {
    /// The needs of the test in this thread, once they are met.
    static GRANTED: RefCell<BTreeSet<Need>> = const { RefCell::new(BTreeSet::new()) };
}

/// The needs that this test has requested.
pub fn granted() -> BTreeSet<Need> {
    GRANTED.with_borrow(Clone::clone)
}

/// Requests `needs`; if one isn't met, prints the reason and returns false.
#[must_use]
pub fn met(needs: &[Need]) -> bool {
    let Some(why) = needs.iter().find_map(|need| missing(*need)) else {
        GRANTED.with_borrow_mut(|granted| granted.extend(needs));
        return true;
    };
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("a test");
    if let Err(refusal) = may_skip(&why, std::env::var("CI").ok().as_deref(), &ci_lacks()) {
        panic!("{refusal}");
    }
    // Bypass the harness's capture: `cargo xtask test` counts these lines.
    let _ = writeln!(std::io::stderr(), "skipped: {test}: {why}");
    false
}

/// In CI, a test may be skipped only for the reasons in the list.
fn may_skip(why: &str, ci: Option<&str>, allowed: &[String]) -> Result<(), String> {
    let in_ci = ci.is_some_and(|value| !value.is_empty());
    if !in_ci || allowed.iter().any(|reason| reason == why) {
        return Ok(());
    }
    Err(format!(
        "a test is skipped in CI: {why}; `.ci/lacks` doesn't list that"
    ))
}

/// The reasons that `.ci/lacks` lists.
fn ci_lacks() -> Vec<String> {
    let text = std::fs::read_to_string(root().join(".ci/lacks")).expect("CI's list");
    let lines = text.lines().map(str::trim);
    lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(str::to_owned)
        .collect()
}

/// The reason to skip: the first item of `need` that is missing on this machine.
fn missing(need: Need) -> Option<String> {
    let (has, why) = match need {
        Need::Compiler(name) => (machine::has(name), format!("no compiler {name}")),
        Need::Runner(name) => (machine::has(name), format!("no runner {name}")),
        Need::Tool(name) => {
            assert!(TOOLS.contains(&name), "{name} is not in the list of tools");
            let fmt = name != "rustfmt" || machine::has("cargo-fmt");
            (machine::has(name) && fmt, format!("no {name}"))
        }
        Need::Cmake => {
            let driven = ["ninja", "make"].iter().any(|name| machine::has(name));
            (machine::has("cmake") && driven, "no CMake".to_owned())
        }
        Need::Libcxx => {
            let dirs = ["/usr/include/c++/v1", "/usr/lib/llvm-14/include/c++/v1"];
            let has = dirs.iter().any(|dir| Path::new(dir).is_dir());
            (has, "no libc++".to_owned())
        }
        Need::Ninja => (machine::has("ninja"), "no ninja".to_owned()),
        Need::Std(target) => (
            has_std(target) || has_rust_src(),
            format!("no standard library for {target}"),
        ),
        Need::RustSrc => (has_rust_src(), "no rust-src".to_owned()),
        Need::Engine => (engine().is_some(), "no container engine".to_owned()),
        Need::MemoryLimits => (limits_memory(), "no memory limits of containers".to_owned()),
        Need::BaseImage => (has_base_image(), "no base image".to_owned()),
        Need::Zig => (machine::has("zig"), "no zig".to_owned()),
        Need::Mounts => (mount_args().is_some(), "no permission to mount".to_owned()),
        Need::Network(manifest) => (fetched(manifest), "no network".to_owned()),
        Need::Git => {
            let root = root().display().to_string();
            let args = ["-c", "safe.directory=*", "-C", &root, "rev-parse"];
            (quiet("git", &args).is_some(), "no git".to_owned())
        }
    };
    (!has).then_some(why)
}

fn has_std(target: &str) -> bool {
    let lib = machine::ask_rustc(&["--print", "target-libdir", "--target", target]);
    let entries = std::fs::read_dir(lib.trim());
    entries.is_ok_and(|mut entries| entries.next().is_some())
}

fn has_rust_src() -> bool {
    let sysroot = machine::ask_rustc(&["--print", "sysroot"]);
    let library = "lib/rustlib/src/rust/library/Cargo.lock";
    Path::new(sysroot.trim()).join(library).is_file()
}

fn quiet(program: impl AsRef<OsStr>, args: &[&str]) -> Option<String> {
    let output = Command::new(program)
        .args(args)
        .stdin(Stdio::null())
        .output();
    let output = output.ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The engine that is running.
pub fn engine() -> Option<&'static str> {
    let answers = |name: &&str| quiet(name, &["version"]).is_some();
    ["docker", "podman"].into_iter().find(answers)
}

fn limits_memory() -> bool {
    let info = quiet("docker", &["info", "--format", "{{.MemoryLimit}}"]);
    info.is_some_and(|info| info.trim() == "true")
}

fn has_base_image() -> bool {
    let images = ["snmalloc-rs/base:bookworm", "debian:bookworm-slim"];
    let there = |engine| {
        let mut images = images.iter();
        images.any(|image| quiet(engine, &["image", "inspect", image]).is_some())
    };
    engine().is_some_and(there)
}

/// The arguments with which `unshare` lets this user mount file systems.
pub fn mount_args() -> Option<&'static [&'static str]> {
    let ways: [&[&str]; 2] = [&["--mount"], &["--mount", "--map-root-user"]];
    let mount = ["mount", "-t", "tmpfs", "none", "/tmp"];
    ways.into_iter()
        .find(|way| quiet("unshare", &[*way, &mount].concat()).is_some())
}

/// Returns true if cargo has, or can fetch, the packages of a manifest.
fn fetched(manifest: &str) -> bool {
    let fetch = |more: &[&str]| {
        let args = ["fetch", "--locked", "--quiet", "--manifest-path", manifest];
        Run::cargo(&args).end_with(more).code == Some(0)
    };
    fetch(&["--offline"]) || fetch(&[])
}

#[cfg(test)]
mod tests {
    use super::{ci_lacks, may_skip};

    #[test]
    fn ci_skips_only_listed_needs() {
        let allowed = ["no network".to_owned()];
        for (ci, why, skips) in [
            (None, "no zig", true),
            (Some(""), "no zig", true),
            (Some("true"), "no zig", false),
            (Some("true"), "no network", true),
        ] {
            let result = may_skip(why, ci, &allowed);
            assert_eq!(result.is_ok(), skips, "{ci:?} {why}");
        }
        // The list never contains the tools that a provisioned machine must have.
        for why in ["no zig", "no CMake", "no container engine", "no rust-src"] {
            assert!(!ci_lacks().iter().any(|reason| reason == why), "{why}");
        }
    }
}
