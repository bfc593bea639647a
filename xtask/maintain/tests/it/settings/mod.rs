//! Users' settings, each built and run with both builders.
//!
//! A run tests every eighth row, another eighth each day. `SNMALLOC_SETTINGS=all` tests all
//! rows; a comma-separated list tests the rows whose name contains one of the list's names.
//! Results are in `target/xtask/settings.json`.

mod page;
mod peers;
mod table;

use std::fs;
use std::path::Path;
use std::time::Instant;

use serde_json::{Value, json};

use crate::needs;
use crate::support::needs::{Need, met};
use crate::support::{Ended, Run, day, machine, root, script, target_dir};
use table::{Outcome, Setting, settings};

/// A default run tests one part of this many.
const PARTS: u64 = 8;

/// The programs that rows run in addition to the compiler that they name.
const TOOLS: [&str; 9] = [
    "g++", "gcc", "clang", "clang++", "ld.lld", "lld", "mold", "ld.mold", "llvm-ar",
];

const PROGRAM: &str = "\
#[global_allocator]
static ALLOC: snmalloc_rs::SnMalloc = snmalloc_rs::SnMalloc;

fn main() {
    let threads: Vec<_> = (1..5)
        .map(|n| std::thread::spawn(move || (0..5000).map(|i| vec![n; i % 700].len()).sum::<usize>()))
        .collect();
    let sum: usize = threads.into_iter().map(|thread| thread.join().unwrap()).sum();
    println!(\"sum {sum}\");
}
";

/// A project that depends on the crate, as a user's does.
fn project(dir: &Path) {
    let crates = root().join("snmalloc-rs");
    fs::create_dir_all(dir.join("src")).unwrap();
    fs::write(dir.join("src/main.rs"), PROGRAM).unwrap();
    fs::write(
        dir.join("Cargo.toml"),
        format!(
            "[package]\nname = \"down\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[dependencies]\n\
             snmalloc-rs = {{ path = {:?} }}\n[features]\ndebug = [\"snmalloc-rs/debug\"]\n\
             [workspace]\n",
            crates.display().to_string()
        ),
    )
    .unwrap();
    fs::copy(root().join("Cargo.lock"), dir.join("Cargo.lock")).unwrap();
}

/// Makes the programs and files that settings refer to.
fn helpers(dir: &Path) {
    let log = dir.join("log");
    let body = format!(
        "echo \"$@\" >>'{}'\n[ \"$1\" = -v ] && shift\nexec \"$@\"",
        log.display()
    );
    script(&dir.join("calls"), &body);
    script(&dir.join("sccache"), &body);
    let compiler = format!("echo \"$@\" >>'{}'\nexec g++ \"$@\"", log.display());
    script(&dir.join("odd-compiler"), &compiler);
    let file = "set(CMAKE_CXX_COMPILER ${CMAKE_CURRENT_LIST_DIR}/odd-compiler)\n";
    fs::write(dir.join("odd.cmake"), file).unwrap();
}

fn can_be_tried(setting: &Setting) -> bool {
    setting.needs.iter().all(|need| match *need {
        "libc++" => met(&[Need::Libcxx]),
        program => met(&[Need::Compiler(program)]),
    })
}

/// Builds and runs one row; returns the error, if any.
fn try_one(setting: &Setting, builder: &str, project: &Path, host: &str) -> Result<(), String> {
    let helpers_dir = project.join(format!("helpers-{builder}"));
    helpers(&helpers_dir);
    let log = helpers_dir.join("log");
    let _ = fs::remove_file(&log);
    let text = |value: &str| {
        value
            .replace("{dir}", &helpers_dir.display().to_string())
            .replace("{host}", host)
    };
    let target = target_dir("settings").join(builder);
    let args: Vec<String> = setting.args.iter().map(|arg| text(arg)).collect();
    let debug: &[&str] = if setting.name.starts_with("feature debug") {
        &["--features", "debug"]
    } else {
        &[]
    };
    let mut run = Run::cargo(&["build", "--offline"])
        .dir(project)
        .env("SNMALLOC_BUILDER", builder)
        .env("CARGO_TARGET_DIR", &target);
    run.command().args(&args).args(debug);
    for (name, value) in setting.env {
        run = run.env(&text(name), text(value));
    }
    let ended = run.end();
    let by_cmake = builder == "cmake";
    if let Outcome::Refused(texts) = &setting.outcome {
        return refused(&ended, texts);
    }
    if ended.code != Some(0) {
        return Err(ended.stderr);
    }
    match &setting.outcome {
        Outcome::Warns(text) if !ended.stderr.contains(text) => {
            return Err(format!("`{text}` isn't in: {}", ended.stderr));
        }
        Outcome::WarnsByCmake(text) if by_cmake && !ended.stderr.contains(text) => {
            return Err(format!("`{text}` isn't in: {}", ended.stderr));
        }
        Outcome::Calls if !log.is_file() => return Err("the helper wasn't called".to_owned()),
        _ => {}
    }
    if matches!(setting.outcome, Outcome::Calls) {
        let calls = fs::read_to_string(&log).unwrap_or_default();
        if !calls.contains("shim.cc") {
            return Err(format!("the helper didn't compile the shim: {calls}"));
        }
    }
    let mut program = target;
    if setting.args.contains(&"--target") {
        program.push(host);
    }
    let profile = if setting.args.contains(&"--release") {
        "release"
    } else {
        "debug"
    };
    let ended = Run::new(program.join(profile).join("down")).end();
    if ended.code == Some(0) && ended.stdout == "sum 6870000\n" {
        return Ok(());
    }
    Err(format!(
        "it ran: {:?}: {}{}",
        ended.code, ended.stdout, ended.stderr
    ))
}

fn refused(ended: &Ended, texts: &[&str]) -> Result<(), String> {
    if ended.code != Some(101) {
        return Err(format!("not refused: {:?}: {}", ended.code, ended.stderr));
    }
    match texts.iter().find(|text| !ended.stderr.contains(**text)) {
        Some(missing) => Err(format!("`{missing}` isn't in: {}", ended.stderr)),
        None => Ok(()),
    }
}

/// The rows of this run.
fn chosen() -> Vec<&'static Setting> {
    let names = std::env::var("SNMALLOC_SETTINGS").unwrap_or_default();
    let part = day() % PARTS;
    let rows = settings()
        .zip(0_u64..)
        .filter(|(row, index)| match &*names {
            "all" => true,
            "" => index % PARTS == part,
            names => names.split(',').any(|name| row.name.contains(name)),
        });
    rows.map(|(row, _)| row).collect()
}

#[test]
fn settings_build_and_run_with_both_builders() {
    needs!(Need::Cmake, Need::Ninja, Need::Compiler("g++"));
    let host = machine::host();
    let rows: Vec<&Setting> = chosen()
        .into_iter()
        .filter(|row| can_be_tried(row))
        .collect();
    assert!(!rows.is_empty(), "no row is named so");
    let results: Vec<Value> = std::thread::scope(|scope| {
        let builders = ["cmake", "cc"].map(|builder| {
            let (rows, host) = (&rows, &host);
            scope.spawn(move || {
                // The tools that a test may use are registered per thread.
                rows.iter().for_each(|row| assert!(can_be_tried(row)));
                let tools = TOOLS.into_iter().filter(|name| machine::has(name));
                tools.for_each(|name| assert!(met(&[Need::Compiler(name)])));
                assert!(met(&[Need::Cmake, Need::Ninja]));
                let project_dir = target_dir("settings").join(format!("project-{builder}"));
                project(&project_dir);
                let mut results = Vec::new();
                for row in rows {
                    let start = Instant::now();
                    let result = try_one(row, builder, &project_dir, host);
                    // A full run takes 15 minutes: `--nocapture` shows the progress.
                    println!(
                        "{builder}: {}: {}",
                        row.name,
                        if result.is_ok() { "ok" } else { "WRONG" }
                    );
                    results.push(json!({
                        "setting": row.name,
                        "builder": builder,
                        "outcome": page::expectation(&row.outcome, builder),
                        "as_expected": result.is_ok(),
                        "seconds": (start.elapsed().as_secs_f64() * 10.0).round() / 10.0,
                        "message": result.err(),
                    }));
                }
                results
            })
        });
        let ended = builders.map(|thread| thread.join().expect("no panic"));
        ended.into_iter().flatten().collect()
    });
    let file = root().join("target/xtask/settings.json");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, serde_json::to_string_pretty(&results).unwrap()).unwrap();
    let wrong: Vec<String> = results
        .iter()
        .filter(|result| result["as_expected"] != true)
        .map(|it| {
            format!(
                "{} with {}: {}",
                it["setting"], it["builder"], it["message"]
            )
        })
        .collect();
    assert!(
        wrong.is_empty(),
        "{}",
        wrong.join("\n\n").replace("\\n", "\n")
    );
}
