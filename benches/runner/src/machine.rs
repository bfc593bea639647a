//! The machine, and the versions of what is measured.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use crate::build::Package;
use crate::context::{Context, rustc_version};
use crate::failure::Failure;
use crate::variants::{Role, Variant};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Machine {
    /// The start of the measurement, in UTC.
    pub date: String,
    /// The tree's commit, from `git describe`.
    pub commit: Option<String>,
    pub target: String,
    pub cpu: Option<String>,
    pub processors: usize,
    pub memory_bytes: Option<u64>,
    pub system: Option<String>,
    pub kernel: Option<String>,
    pub rustc: String,
    pub cxx: Option<String>,
    /// The load average of one minute, before and after.
    pub load_before: Option<f64>,
    pub load_after: Option<f64>,
}

impl Machine {
    /// Collects the facts that are known before the first run.
    pub fn look(context: &Context) -> Result<Self, Failure> {
        let git = Command::new("git")
            .args(["describe", "--always", "--dirty"])
            .current_dir(&context.root)
            .output();
        let compiler = std::env::var_os("CXX").unwrap_or_else(|| "c++".into());
        Ok(Self {
            date: date(SystemTime::now()),
            commit: first_line(git),
            target: context.host.to_owned(),
            cpu: value_in("/proc/cpuinfo", "model name", ':'),
            processors: processors(),
            memory_bytes: value_in("/proc/meminfo", "MemTotal", ':')
                .and_then(|text| text.strip_suffix(" kB")?.parse::<u64>().ok())
                .map(|kib| kib * 1024),
            system: value_in("/etc/os-release", "PRETTY_NAME", '='),
            kernel: fs::read_to_string("/proc/sys/kernel/osrelease")
                .ok()
                .map(|text| text.trim().to_owned()),
            rustc: rustc_version()?,
            cxx: first_line(Command::new(compiler).arg("--version").output()),
            load_before: None,
            load_after: None,
        })
    }
}

/// The number of CPUs that this process may use.
pub fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// The load average of the last minute, if the OS has a file with it.
pub fn load() -> Option<f64> {
    let text = fs::read_to_string("/proc/loadavg").ok()?;
    text.split(' ').next()?.parse().ok()
}

fn date(now: SystemTime) -> String {
    let since = now
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or(Duration::ZERO);
    let whole = Duration::from_secs(since.as_secs());
    humantime::format_rfc3339_seconds(SystemTime::UNIX_EPOCH + whole).to_string()
}

fn first_line(output: std::io::Result<std::process::Output>) -> Option<String> {
    let output = output.ok().filter(|output| output.status.success())?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().next().map(str::to_owned)
}

/// The value of a name in one of the OS's files.
fn value_in(file: &str, name: &str, sign: char) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    let values = text.lines().filter_map(|line| line.split_once(sign));
    let mut found = values.filter(|(other, _)| other.trim() == name);
    let (_, value) = found.next()?;
    Some(value.trim().trim_matches('"').to_owned())
}

/// The exact version of an allocator: the versions in the lock file, and its program's own
/// output.
pub fn version(
    variant: &Variant,
    said: &str,
    package: &Package,
    context: &Context,
) -> Result<String, Failure> {
    let mut parts = Vec::new();
    let lock = fs::read_to_string(package.lock_file(context))?;
    for name in variant.packages {
        let version = locked(&lock, name, variant.role != Role::Ours).unwrap_or("?");
        parts.push(format!("{name} {version}"));
    }
    if !said.is_empty() {
        parts.push(said.to_owned());
    }
    Ok(parts.join(", "))
}

/// The version that a program reports of its allocator.
pub fn said_version(program: &Path) -> String {
    let output = Command::new(program).arg("--version").output();
    first_line(output).unwrap_or_default()
}

/// The version of a package from a registry, or of the one in this repository.
fn locked<'a>(lock: &'a str, name: &str, registry: bool) -> Option<&'a str> {
    lock.split("[[package]]").find_map(|package| {
        let value = |key: &str| {
            package.lines().find_map(|line| {
                line.strip_prefix(key)?
                    .strip_prefix(" = ")?
                    .strip_prefix('"')?
                    .strip_suffix('"')
            })
        };
        let it = value("name") == Some(name) && value("source").is_some() == registry;
        it.then(|| value("version")).flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::{date, locked};
    use std::time::{Duration, SystemTime};

    #[test]
    fn registry_and_own_versions_are_told_apart() {
        let lock = "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"2.0.0\"\n\n\
                    [[package]]\nname = \"a\"\nversion = \"1.0.0+x\"\nsource = \"registry\"\n";
        assert_eq!(locked(lock, "a", true), Some("1.0.0+x"));
        assert_eq!(locked(lock, "a", false), Some("2.0.0"));
        assert_eq!(locked(lock, "b", true), None);
    }

    #[test]
    fn dates_are_utc() {
        let then = SystemTime::UNIX_EPOCH + Duration::from_millis(1_700_000_000_900);
        assert_eq!(date(then), "2023-11-14T22:13:20Z");
    }
}
