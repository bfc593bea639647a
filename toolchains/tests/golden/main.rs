//! Snapshots of the resolved toolchain and the plan of each target on each kind of host:
//! `linux.txt`, `macos.txt`, `windows.txt`. They show a change's effect on other targets
//! than the intended one.
//!
//! `BLESS=1 cargo test -p snmalloc-toolchains --test golden` updates the files.
#![cfg(unix)]

mod machines;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use machines::Host;
use snmalloc_toolchains::{
    Builder, Error, Features, Inputs, Opt, Plan, Target, Toolchain, catalog, choose_builder, find,
    plan, probe,
};

/// The targets that snmalloc can be built for.
fn targets() -> impl Iterator<Item = Target> {
    catalog::ENTRIES
        .iter()
        .filter(|entry| entry.refused.is_none())
        .map(|entry| Target::from_triple(entry.triple).expect("a known name"))
}

fn resolve(target: &Target, host: &Host) -> Result<(Toolchain, Plan), Error> {
    let toolchain = find::toolchain(target, host.triple, &host.machine)?;
    let compiler = &toolchain.compiler;
    let machine = machines::answering(&host.machine, compiler, target);
    let features = Features::defaults();
    let crossing = target.triple != host.triple;
    let probes = probe(target, crossing, compiler, &features, &machine)?;
    let inputs = Inputs {
        features: &features,
        target,
        host: host.triple,
        compiler,
        probes: &probes,
        source: "/snmalloc".into(),
        package: "/package".into(),
        out_dir: "/out".into(),
    };
    let plan = plan(&inputs, &machine)?;
    Ok((toolchain, plan))
}

/// Both builders read the same options: what differs is whether CMake can work, and
/// what it is told besides.
fn builders(target: &Target, host: &Host) -> String {
    let features = Features::defaults();
    let dir = Path::new("/out");
    match choose_builder(&features, target, host.triple, dir, &host.machine) {
        Ok(choice) if choice.builder == Builder::Cmake => {
            let generator = choice.cmake.and_then(|cmake| cmake.generator);
            let generator = generator.unwrap_or_else(|| "its own generator".to_owned());
            format!("cmake ({generator}), cc")
        }
        Ok(choice) => format!("cc ({})", choice.reason),
        Err(missing) => missing.what,
    }
}

fn describe(target: &Target, host: &Host) -> String {
    let mut text = format!("{}\n", target.triple);
    let mut line = |label: &str, value: &str| {
        // Writing to a string doesn't fail.
        let _ = writeln!(text, "  {label:<9} {value}");
    };
    let (toolchain, plan) = match resolve(target, host) {
        Ok(resolved) => resolved,
        Err(missing) => {
            line("missing", &missing.what);
            line("help", missing.fixes.first().map_or("", String::as_str));
            return text;
        }
    };
    line("compiler", &toolchain.compiler.command());
    for (label, tool) in [
        ("c", &toolchain.c_compiler),
        ("archiver", &toolchain.archiver),
        ("linker", &toolchain.linker),
    ] {
        if let Some(tool) = tool {
            line(label, &tool.command());
        }
    }
    match &toolchain.runner {
        Ok(words) if words.is_empty() => line("runner", "none is needed"),
        Ok(words) => line("runner", &words.join(" ")),
        Err(missing) => line("no runner", &missing.what),
    }
    line("builders", &builders(target, host));
    for (name, value) in &toolchain.compiler.cmake {
        line("cmake", &format!("-D{name}={value}"));
    }
    for row in wrapped(&plan.arguments()) {
        line("options", &row);
    }
    let libraries: Vec<String> = plan
        .options
        .iter()
        .filter_map(|option| match option {
            Opt::Library(library) => Some(library.clone()),
            _ => None,
        })
        .collect();
    if !libraries.is_empty() {
        line("libraries", &libraries.join(" "));
    }
    // Paths are joined the way of the system that the test runs on.
    text.replace('\\', "/")
}

/// Rows of words, each as long as a reader's eye follows.
fn wrapped(words: &[String]) -> Vec<String> {
    let mut rows: Vec<String> = Vec::new();
    for word in words {
        match rows.last_mut() {
            Some(row) if row.len() + word.len() < 90 => {
                row.push(' ');
                row.push_str(word);
            }
            _ => rows.push(word.clone()),
        }
    }
    rows
}

/// The lines that only one of two texts has, target by target.
fn difference(old: &str, new: &str) -> String {
    let sections = |text: &str| -> Vec<Vec<String>> {
        text.replace('\r', "")
            .split("\n\n")
            .map(|section| section.trim().lines().map(str::to_owned).collect())
            .collect()
    };
    let (old, new) = (sections(old), sections(new));
    let find = |all: &[Vec<String>], name: &str| -> Vec<String> {
        let section = all.iter().find(|s| s.first().is_some_and(|n| n == name));
        section.cloned().unwrap_or_default()
    };
    let mut names: Vec<String> = Vec::new();
    for name in old.iter().chain(&new).filter_map(|section| section.first()) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    let mut text = String::new();
    for name in names {
        let (old, new) = (find(&old, &name), find(&new, &name));
        if old == new {
            continue;
        }
        let _ = writeln!(text, "{name}");
        for (sign, lines, others) in [("-", &old, &new), ("+", &new, &old)] {
            for line in lines.iter().filter(|line| !others.contains(line)) {
                let _ = writeln!(text, "{sign} {line}");
            }
        }
    }
    text
}

#[test]
fn plans_are_as_recorded() {
    let bless = std::env::var_os("BLESS").is_some_and(|value| !value.is_empty());
    let mut differences = String::new();
    for host in machines::all() {
        let mut sections = vec![format!("host {} ({})\n", host.name, host.triple)];
        sections.extend(targets().map(|target| describe(&target, &host)));
        let text = sections.join("\n");
        let file = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join("tests/golden")
            .join(format!("{}.txt", host.name));
        if bless {
            std::fs::write(&file, &text).expect("the file can be written");
        }
        let recorded = std::fs::read_to_string(&file).unwrap_or_default();
        let difference = difference(&recorded, &text);
        if !difference.is_empty() {
            let _ = writeln!(differences, "{}:\n{difference}", file.display());
        }
    }
    assert!(
        differences.is_empty(),
        "\n{differences}\nif this is meant: BLESS=1 cargo test -p snmalloc-toolchains --test golden"
    );
}

#[test]
fn errors_name_searched_paths_and_fixes() {
    for host in machines::all() {
        for target in targets() {
            if let Err(missing) = resolve(&target, &host) {
                let name = format!("{} on {}: {missing}", target.triple, host.name);
                assert!(!missing.searched.is_empty(), "{name}");
                assert!(!missing.fixes.is_empty(), "{name}");
            }
        }
    }
}

#[test]
fn every_target_has_an_error_on_a_bare_machine() {
    for (os, triple) in [
        ("linux", "x86_64-unknown-linux-gnu"),
        ("macos", "aarch64-apple-darwin"),
        ("windows", "x86_64-pc-windows-msvc"),
        ("freebsd", "x86_64-unknown-freebsd"),
    ] {
        let machine = snmalloc_toolchains::FakeMachine::new(os, "x86_64");
        for target in targets() {
            let Err(missing) = find::toolchain(&target, triple, &machine) else {
                panic!("{} on {os}: nothing is there", target.triple);
            };
            let name = format!("{} on {os}: {missing}", target.triple);
            assert!(!missing.searched.is_empty(), "{name}");
            assert!(!missing.fixes.is_empty(), "{name}");
        }
    }
}

#[test]
fn differences_are_reported_by_target() {
    let old = "a\n  x 1\n  y 2\n\nb\n  z 3\n";
    let new = "a\n  x 1\n  y 5\n\nc\n  z 3\n";
    assert_eq!(
        difference(old, new),
        "a\n-   y 2\n+   y 5\nb\n- b\n-   z 3\nc\n+ c\n+   z 3\n"
    );
    assert_eq!(difference(old, &old.replace('\n', "\r\n")), "");
}
