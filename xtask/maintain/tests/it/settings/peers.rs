//! Other allocators with the same settings: ours is refused nowhere where one of them builds.
//!
//! The test builds them with the settings that ours refuses; with `SNMALLOC_SETTINGS_PEERS=all` with
//! every setting (about two hours), or with the rows in a comma-separated list of names. The crates
//! must be in cargo's cache, or the network available. Results are in
//! `target/xtask/settings-peers.json`.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::table::{Outcome, Setting, settings};
use super::{TOOLS, can_be_tried, helpers};
use crate::needs;
use crate::support::needs::{Need, met};
use crate::support::{Run, machine, root, target_dir};

struct Peer {
    name: &'static str,
    dependency: &'static str,
    allocator: &'static str,
    /// It is C, and reads `CC` and `CFLAGS`.
    is_c: bool,
}

/// The versions are those of the benchmarks, whose lock file is used.
const PEERS: [Peer; 3] = [
    Peer {
        name: "mimalloc",
        dependency: "mimalloc = \"=0.1.52\"",
        allocator: "mimalloc::MiMalloc",
        is_c: true,
    },
    Peer {
        name: "jemalloc",
        dependency: "tikv-jemallocator = \"=0.7.0\"",
        allocator: "tikv_jemallocator::Jemalloc",
        is_c: true,
    },
    Peer {
        name: "snmalloc-rs-0-7-6",
        dependency: "snmalloc-rs = \"=0.7.6\"",
        allocator: "snmalloc_rs::SnMalloc",
        is_c: false,
    },
];

fn project(peer: &Peer, dir: &Path) {
    fs::create_dir_all(dir.join("src")).unwrap();
    let allocator = peer.allocator;
    let program = format!(
        "#[global_allocator]\nstatic ALLOC: {allocator} = {allocator};\n\n\
         fn main() {{\n    println!(\"{{}}\", vec![1_u8; 1000].len());\n}}\n"
    );
    fs::write(dir.join("src/main.rs"), program).unwrap();
    let manifest = format!(
        "[package]\nname = \"{}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\
         [dependencies]\n{}\n[workspace]\n",
        peer.name, peer.dependency
    );
    fs::write(dir.join("Cargo.toml"), manifest).unwrap();
    fs::copy(root().join("benches/Cargo.lock"), dir.join("Cargo.lock")).unwrap();
}

/// Builds and runs a peer with a setting. A setting of C++ is applied to C as well: a variable that
/// a crate doesn't read would show nothing.
fn works(peer: &Peer, row: &Setting, host: &str) -> bool {
    let dir = target_dir("settings-peers").join(peer.name);
    project(peer, &dir);
    let helpers_dir = dir.join("helpers");
    helpers(&helpers_dir);
    let text = |value: &str| {
        let value = value.replace("{dir}", &helpers_dir.display().to_string());
        value.replace("{host}", host)
    };
    let target = dir.join("target");
    // A build with other flags must not be taken for this one.
    let _ = fs::remove_dir_all(&target);
    let mut run = Run::cargo(&["build"])
        .dir(&dir)
        .env("CARGO_TARGET_DIR", &target);
    run.command().args(row.args.iter().map(|arg| text(arg)));
    for (name, value) in row.env {
        run = run.env(&text(name), text(value));
        if let Some(rest) = name.strip_prefix("CXX").filter(|_| peer.is_c) {
            let c = if rest == "FLAGS" {
                "CFLAGS".to_owned()
            } else {
                format!("CC{rest}")
            };
            let value = value.replace("clang++", "clang").replace("g++", "gcc");
            run = run.env(&text(&c), text(&value));
        }
    }
    if run.end().code != Some(0) {
        return false;
    }
    let mut program = target;
    if row.args.contains(&"--target") {
        program.push(host);
    }
    let is_release = row.args.contains(&"--release");
    let profile = if is_release { "release" } else { "debug" };
    let ended = Run::new(program.join(profile).join(peer.name)).end();
    ended.code == Some(0) && ended.stdout == "1000\n"
}

fn is_refused(row: &Setting) -> bool {
    matches!(row.outcome, Outcome::Refused(_))
}

#[test]
#[ignore = "downloads and builds three other allocators"]
fn settings_that_are_refused_build_no_peer() {
    let names = std::env::var("SNMALLOC_SETTINGS_PEERS").unwrap_or_else(|_| "refused".to_owned());
    needs!(Need::Cmake, Need::Ninja, Need::Compiler("g++"));
    let tools = TOOLS.into_iter().filter(|name| machine::has(name));
    tools.for_each(|name| assert!(met(&[Need::Compiler(name)])));
    let is_chosen = |row: &&Setting| match &*names {
        "all" => true,
        "refused" => is_refused(row),
        names => names.split(',').any(|name| row.name.contains(name)),
    };
    let rows: Vec<&Setting> = settings()
        .filter(is_chosen)
        .filter(|row| can_be_tried(row))
        .collect();
    assert!(!rows.is_empty(), "no row is named so");
    let host = machine::host();
    let mut results: Vec<Value> = Vec::new();
    let mut wrong = Vec::new();
    for row in rows {
        for peer in &PEERS {
            let works = works(peer, row, &host);
            println!("{}: {}: {works}", row.name, peer.name);
            results.push(json!({
                "setting": row.name,
                "peer": peer.name,
                "peer_works": works,
                "ours": super::page::expectation(&row.outcome, "cmake"),
            }));
            if works && is_refused(row) {
                wrong.push(format!("{} builds with: {}", peer.name, row.name));
            }
        }
    }
    let file = root().join("target/xtask/settings-peers.json");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, serde_json::to_string_pretty(&results).unwrap()).unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
