//! Finds what a command has left.

use std::fs;
use std::time::{Duration, Instant};

use crate::commands::docker;
use crate::support::Run;
use crate::tree::{LABEL, Tree};

/// Processes and containers may take this long to end.
const PATIENCE: Duration = Duration::from_secs(5);

/// Waits until the command's processes and containers have ended; returns the remaining ones.
pub fn running(tree: &Tree, pid: u32) -> Vec<String> {
    let start = Instant::now();
    loop {
        let mut left = processes(tree);
        left.extend(containers(pid));
        if left.is_empty() || start.elapsed() > PATIENCE {
            return left;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Everything else: changes in the clone, temporary files, images without a name, volumes.
pub fn files(tree: &Tree, volumes: &str) -> Vec<String> {
    let mut left = Vec::new();
    let status = ["status", "--porcelain", "--ignored"];
    let status = Run::new("git").dir(&tree.root).end_with(&status);
    for line in status.expect_code(0).stdout.lines() {
        if line != "!! target/" {
            left.push(format!("git: {line}"));
        }
    }
    for entry in fs::read_dir(&tree.tmp).expect("a directory") {
        left.push(format!(
            "TMPDIR: {}",
            entry.expect("a file").path().display()
        ));
    }
    for dir in ["snmalloc-sys", "target/xtask/packaging"] {
        let Ok(entries) = fs::read_dir(tree.root.join(dir)) else {
            continue;
        };
        let names = entries.map(|entry| entry.expect("a file").file_name());
        for name in names.filter_map(|name| name.into_string().ok()) {
            if name.ends_with(".tmp") || name == "tree" {
                left.push(format!("{dir}/{name}"));
            }
        }
    }
    let label = format!("label={LABEL}");
    let unnamed = [
        "images",
        "--quiet",
        "--filter",
        "dangling=true",
        "--filter",
        &label,
    ];
    left.extend(docker(&unnamed).lines().map(|id| format!("image {id}")));
    let now = docker(&["volume", "ls", "--quiet"]);
    let new = now
        .lines()
        .filter(|name| !volumes.lines().any(|old| old == *name));
    left.extend(new.map(|name| format!("volume {name}")));
    left
}

/// The processes with the clone's temporary directory in their environment.
fn processes(tree: &Tree) -> Vec<String> {
    // Tests get a directory in it.
    let marker = format!("TMPDIR={}", tree.tmp.display());
    let mut left = Vec::new();
    for entry in fs::read_dir("/proc").expect("/proc").flatten() {
        let dir = entry.path();
        // A process may end meanwhile; a zombie has no environment.
        let environment = fs::read(dir.join("environ")).unwrap_or_default();
        let environment = String::from_utf8_lossy(&environment);
        if format!("\0{environment}").contains(&format!("\0{marker}")) {
            let command = fs::read(dir.join("cmdline")).unwrap_or_default();
            let command = String::from_utf8_lossy(&command).replace('\0', " ");
            let pid = entry.file_name();
            left.push(format!("process {}: {command}", pid.to_string_lossy()));
        }
    }
    left
}

/// The containers of the xtask with this process ID, and those of the short image's builder.
fn containers(pid: u32) -> Vec<String> {
    let all = |filter: &str| {
        let args = [
            "ps",
            "--all",
            "--filter",
            filter,
            "--format",
            "{{.Names}} {{.Status}}",
        ];
        docker(&args)
    };
    let ours = all("label=snmalloc-rs.xtask") + &all(&format!("label={LABEL}"));
    let pid = format!("-{pid}");
    ours.lines()
        .filter(|line| !line.starts_with("snmalloc-") || line.contains(&pid))
        .map(|line| format!("container {line}"))
        .collect()
}
