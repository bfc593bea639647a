// SPDX-License-Identifier: MIT
//! Compiles programs in one configuration, and runs them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use snmalloc_toolchains as toolchains;
use toolchains::{Compiler, Error, Features, Inputs, RealMachine, Target};

use crate::tables::{RUN, Test, When};
use crate::{SOURCE, TESTS};

const HOST: &str = "x86_64-unknown-linux-gnu";

/// Reduce the compile time; upstream's warnings are not ours to fix.
const FAST_FLAGS: [&str; 3] = ["-O1", "-g0", "-w"];

/// Undo options of the shim: the tests use the C++ library, and replace functions of C.
const PROGRAM_FLAGS: [&str; 4] = [
    "-fexceptions",
    "-frtti",
    "-fthreadsafe-statics",
    "-fvisibility=default",
];

/// How a test reaches the allocator.
#[derive(Clone, Copy)]
pub enum Way {
    /// Through upstream's functions, with the shim's configuration.
    Front,
    /// Through the shim's entry points.
    Entry,
}

impl Way {
    /// The directory with the header that replaces upstream's.
    fn dir(self) -> &'static str {
        match self {
            Self::Front => "front",
            Self::Entry => "entry",
        }
    }
}

fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/upstream")
}

/// A configuration to compile.
pub struct Build {
    configuration: &'static str,
    features: &'static [&'static str],
    compiler: Compiler,
    /// The plan's options, as the build script has them.
    options: Vec<String>,
    dir: PathBuf,
}

impl Build {
    pub fn new(
        configuration: &'static str,
        features: &'static [&'static str],
    ) -> Result<Self, Error> {
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join("upstream")
            .join(configuration);
        fs::create_dir_all(&dir).expect("a directory");
        let machine = RealMachine::with_output_dir(dir.clone());
        let target = Target::from_triple(HOST).expect("a target");
        let defaults = Features::defaults();
        let names = defaults.iter().map(|feature| feature.name);
        let set = Features::from_names(names.chain(features.iter().copied())).expect("features");
        let compiler = toolchains::find::compiler(&target, HOST, &machine)?;
        let probes = toolchains::probe(&target, false, &compiler, &set, &machine)?;
        let inputs = Inputs {
            features: &set,
            target: &target,
            host: HOST,
            compiler: &compiler,
            probes: &probes,
            source: SOURCE.into(),
            package: env!("CARGO_MANIFEST_DIR").into(),
            out_dir: dir.clone(),
        };
        let options = toolchains::plan(&inputs, &machine)?.arguments();
        Ok(Self {
            configuration,
            features,
            compiler,
            options,
            dir,
        })
    }

    fn file(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    fn compiler(&self) -> Command {
        let mut command = Command::new(&self.compiler.program);
        command.args(&self.compiler.args);
        command
    }

    /// A compiler for a program that uses the C++ library.
    fn program_compiler(&self, way: Way) -> Command {
        let mut command = self.compiler();
        command
            // Before upstream's directory, which the options contain.
            .arg("-I")
            .arg(here().join(way.dir()))
            .args(&self.options)
            .args(FAST_FLAGS)
            .args(PROGRAM_FLAGS)
            .arg("-include")
            .arg(here().join("core.h"));
        if matches!(way, Way::Entry) {
            command.arg("-include").arg(here().join("entry/classes.h"));
        }
        command
    }

    pub fn compile_shim(&self) -> Result<(), String> {
        let mut command = self.compiler();
        command
            .args(&self.options)
            .args(FAST_FLAGS)
            .arg("-c")
            .arg(here().join("shim.cc"));
        succeed(command.arg("-o").arg(self.file("shim.o")))
    }

    /// Compiles upstream's library for tests: the functions that most of them call.
    pub fn compile_library(&self, way: Way) -> Result<(), String> {
        let mut command = self.program_compiler(way);
        command.arg("-c").arg(match way {
            Way::Front => Path::new(SOURCE).join("src/test/snmalloc_testlib.cc"),
            Way::Entry => here().join("entry/library.cc"),
        });
        let object = self.file(&format!("{}.o", way.dir()));
        succeed(command.arg("-o").arg(object))
    }

    /// Compiles and runs a test; prints its time, which `--nocapture` shows.
    pub fn check(&self, name: &str, way: Way) -> Result<(), String> {
        let test = format!("{}: {}: {name}", self.configuration, way.dir());
        let result = self.compile_and_run(name, way);
        match &result {
            Ok(seconds) => println!("{test}: ok ({seconds:.1} s)"),
            Err(_) => println!("{test}: FAILED"),
        }
        result.map(drop).map_err(|error| format!("{test}: {error}"))
    }

    /// Returns the seconds that the program ran.
    fn compile_and_run(&self, name: &str, way: Way) -> Result<f32, String> {
        let program = self.file(&format!("{}-{name}", way.dir()));
        let mut command = self.program_compiler(way);
        command
            .args(sources(name))
            .arg(self.file(&format!("{}.o", way.dir())));
        if let Way::Entry = way {
            command.arg(self.file("shim.o"));
        }
        succeed(command.args(["-lpthread", "-o"]).arg(&program))?;
        let start = Instant::now();
        succeed(&mut Command::new(&program))?;
        let seconds = start.elapsed().as_secs_f32();
        let _ = fs::remove_file(&program);
        Ok(seconds)
    }

    fn includes(&self, when: When) -> bool {
        match when {
            When::Always => true,
            When::Never => false,
            When::With(feature) => self.features.contains(&feature),
        }
    }

    /// The programs of this configuration.
    pub fn programs(&self) -> Vec<(&'static str, Way)> {
        let ways = |test: &Test| {
            let (name, front, entry) = (test.name, test.front, test.entry);
            [(front, Way::Front), (entry, Way::Entry)]
                .into_iter()
                .filter(|(when, _)| self.includes(*when))
                .map(move |(_, way)| (name, way))
        };
        RUN.iter().flat_map(ways).collect()
    }
}

fn sources(name: &str) -> Vec<PathBuf> {
    let dir = Path::new(SOURCE).join(TESTS).join(name);
    let entries = fs::read_dir(dir).expect("a directory");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths
        .filter(|path| path.extension().is_some_and(|end| end == "cc"))
        .collect()
}

/// Runs a command; an error has the end of its output.
fn succeed(command: &mut Command) -> Result<(), String> {
    let output = command.output().expect("the program starts");
    if output.status.success() {
        return Ok(());
    }
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    let lines: Vec<&str> = text.lines().collect();
    let end = lines[lines.len().saturating_sub(40)..].join("\n");
    Err(format!("{}\n{end}", output.status))
}
