//! The machine that a test sees. A directory of links to programs is its whole `PATH`. Of the
//! user's variables, only those for cargo, rustup and the network are passed. Programs and
//! standard libraries that the test hasn't requested are missing.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::needs::{Need, granted};
use super::{script, target_dir};

/// The programs of every machine that can build this at all: a shell and its tools, cargo, a
/// compiler under its usual name, binutils.
const BASE: &str = "\
    sh bash sed grep awk find xargs tar gzip xz diff cmp which \
    cat cp mv rm ln ls mkdir mktemp rmdir chmod touch sort head tail tr cut wc tee uniq seq od \
    env true false test printf echo sleep kill uname id date dirname basename expr pwd stat \
    readlink realpath install sha256sum ps nproc unshare \
    cargo rustc rustdoc cc c++ ar as ld nm ranlib strip objcopy";

/// Returns true if a test's commands get this variable of the caller.
fn is_shown(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    name == "CARGO"
        || name == "TMPDIR"
        || name == "CARGO_NET_OFFLINE"
        || name.starts_with("RUSTUP_")
        || upper.ends_with("_PROXY")
        || ["SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE"].contains(&name)
}

/// Returns true if the variable locates the user's container engine.
fn is_of_an_engine(name: &str) -> bool {
    name.starts_with("DOCKER_") || name.starts_with("CONTAINER_") || name == "XDG_RUNTIME_DIR"
}

/// Returns true if the machine has a program.
pub fn has(program: &str) -> bool {
    which::which(program).is_ok()
}

/// A directory of the user: the variable's value, or else a path below their home.
fn of_user(variable: &str, below: &str) -> PathBuf {
    let named = std::env::var_os(variable).filter(|dir| !dir.is_empty());
    let home = || std::env::var_os("HOME").unwrap_or_else(|| "/".into());
    named.map_or_else(|| Path::new(&home()).join(below), PathBuf::from)
}

/// The user's own cargo home, which has the packages.
pub fn cargo_home() -> PathBuf {
    of_user("CARGO_HOME", ".cargo")
}

/// The cargo that runs the tests.
pub fn cargo() -> PathBuf {
    std::env::var_os("CARGO").map_or_else(|| "cargo".into(), PathBuf::from)
}

/// The rustc next to the running cargo, or else the one in PATH.
pub fn rustc() -> PathBuf {
    let beside = std::env::var_os("CARGO").map(|cargo| Path::new(&cargo).with_file_name("rustc"));
    let there = beside.filter(|rustc| rustc.is_file());
    there.unwrap_or_else(|| "rustc".into())
}

/// The output of the machine's own rustc, whatever the test has requested.
pub fn ask_rustc(args: &[&str]) -> String {
    let output = Command::new(rustc()).args(args).output();
    String::from_utf8_lossy(&output.expect("rustc").stdout).into_owned()
}

/// This machine's own target.
pub fn host() -> String {
    let version = ask_rustc(&["-vV"]);
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    host.expect("rustc names its host").to_owned()
}

/// Sets up the command to see only this machine.
pub fn describe(command: &mut Command) {
    let granted = granted();
    let engine = granted.iter().any(uses_engine);
    command.env_clear();
    for (name, value) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if is_shown(&text) || (engine && is_of_an_engine(&text)) {
            command.env(&name, value);
        }
    }
    let home = target_dir("home");
    fs::create_dir_all(&home).expect("a directory");
    if engine {
        // An engine's contexts and podman's images are in the user's own home.
        command.env("HOME", of_user("HOME", ""));
    } else {
        command.env("HOME", &home);
    }
    // Cache zig's libraries and the like between runs.
    command.env("XDG_CACHE_HOME", home.join(".cache"));
    command.env("CARGO_HOME", cargo_home());
    if has("rustup") {
        command.env("RUSTUP_HOME", of_user("RUSTUP_HOME", ".rustup"));
    }
    // The tree may belong to another user than the one who runs the tests.
    for (name, value) in [
        ("GIT_CONFIG_COUNT", "1"),
        ("GIT_CONFIG_KEY_0", "safe.directory"),
        ("GIT_CONFIG_VALUE_0", "*"),
        ("GIT_CONFIG_NOSYSTEM", "1"),
    ] {
        command.env(name, value);
    }
    let dir = made(&granted);
    if !granted.iter().any(shows_every_std) {
        command.env("RUSTC", dir.join("rustc-of-this-machine"));
    }
    command.env("PATH", dir.join("bin"));
}

/// The `PATH` of the test's commands.
pub fn path() -> OsString {
    made(&granted()).join("bin").into_os_string()
}

/// The same `PATH`, with a directory of the test in front.
pub fn path_after(first: &Path) -> OsString {
    let own = path();
    let dirs = std::iter::once(first.to_owned()).chain(std::env::split_paths(&own));
    std::env::join_paths(dirs).expect("a path")
}

/// A program that the test has requested, or that every machine has.
#[track_caller]
pub fn program(name: &str) -> PathBuf {
    let link = made(&granted()).join("bin").join(name);
    assert!(
        link.exists(),
        "{name}: the test doesn't ask for it (`needs!`)"
    );
    fs::read_link(link).expect("a link")
}

fn uses_engine(need: &Need) -> bool {
    matches!(need, Need::Engine | Need::BaseImage | Need::MemoryLimits)
}

/// A container mounts the real directory of Rust.
fn shows_every_std(need: &Need) -> bool {
    uses_engine(need) || matches!(need, Need::Std(_) | Need::RustSrc)
}

/// The directory with the programs for `granted`.
fn made(granted: &BTreeSet<Need>) -> PathBuf {
    let outer = std::env::var_os("PATH").unwrap_or_default();
    made_from(granted, &outer)
}

/// Like [`made`], with the programs in `outer`; existing links stay.
fn made_from(granted: &BTreeSet<Need>, outer: &OsStr) -> PathBuf {
    let mut names: BTreeSet<String> = BASE.split_whitespace().map(str::to_owned).collect();
    for need in granted {
        names.extend(programs(*need).iter().map(|name| (*name).to_owned()));
    }
    // Use a stable name for the same programs: builds record the paths of their tools.
    let mut hash = DefaultHasher::new();
    (&names, outer, rustc()).hash(&mut hash);
    let dir = target_dir("machines").join(format!("{:016x}", hash.finish()));
    let bin = dir.join("bin");
    fs::create_dir_all(&bin).expect("a directory");
    for name in &names {
        // A program may be named by its path.
        let file = Path::new(name).file_name().expect("a name");
        let Some(real) = real(name, outer) else {
            continue;
        };
        link(&real, &bin.join(file));
    }
    let wrapper = dir.join("rustc-of-this-machine");
    if !wrapper.exists() {
        bare_rustc(&dir, &wrapper);
    }
    dir
}

/// Finds a program; `c++` and `cc` have alternative names.
fn real(name: &str, outer: &OsStr) -> Option<PathBuf> {
    let others: &[&str] = match name {
        "c++" => &["c++", "g++", "clang++"],
        "cc" => &["cc", "gcc", "clang"],
        name => &[name],
    };
    let mut found = others
        .iter()
        .map(|name| which::which_in(name, Some(outer), "/"));
    found.find_map(Result::ok)
}

/// Links a program; several tests may make the same link at once.
fn link(real: &Path, link: &Path) {
    if fs::read_link(link).is_ok_and(|there| there == real) {
        return;
    }
    let unique = link.with_extension(format!("{:?}", std::thread::current().id()));
    let _ = fs::remove_file(&unique);
    symlink(real, &unique).expect("a link");
    fs::rename(&unique, link).expect("a link");
}

/// The programs that belong to a need.
fn programs(need: Need) -> Vec<&'static str> {
    match need {
        // `cargo fmt` runs cargo-fmt.
        Need::Tool("rustfmt") => vec!["rustfmt", "cargo-fmt"],
        // Debian's valgrind is a script that runs valgrind.bin.
        Need::Tool("valgrind") => vec!["valgrind", "valgrind.bin"],
        Need::Compiler(name) | Need::Runner(name) | Need::Tool(name) => vec![name],
        Need::Cmake => vec!["cmake", "make"],
        Need::Ninja => vec!["ninja"],
        Need::Engine | Need::BaseImage | Need::MemoryLimits => vec!["docker", "podman"],
        Need::Zig => vec!["zig"],
        Need::Git => vec!["git"],
        Need::Mounts => vec!["mount"],
        Need::Libcxx | Need::Std(_) | Need::RustSrc | Need::Network(_) => Vec::new(),
    }
}

/// A rustc that prints a sysroot with only the host's standard library.
fn bare_rustc(dir: &Path, wrapper: &Path) {
    let sysroot = dir.join("sysroot");
    let rustlib = sysroot.join("lib/rustlib");
    fs::create_dir_all(&rustlib).expect("a directory");
    let version = ask_rustc(&["-vV"]);
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    let host = host.expect("rustc names its host");
    let real = Path::new(ask_rustc(&["--print", "sysroot"]).trim()).join("lib/rustlib");
    link(&real.join(host), &rustlib.join(host));
    let body = format!(
        "[ \"$*\" = '--print sysroot' ] && echo '{}' && exit\nexec '{}' \"$@\"",
        sysroot.display(),
        rustc().display()
    );
    let unique = wrapper.with_extension(format!("{:?}", std::thread::current().id()));
    script(&unique, &body);
    fs::rename(&unique, wrapper).expect("a script");
}

#[cfg(test)]
mod tests;
