//! Compiles only the shim, with the options that the build script would plan: no Rust, no
//! link. It needs a compiler and headers, and proves nothing more.

mod implied;
mod pairs;
mod stand_in;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::Context as _;
use serde::Serialize;
use snmalloc_toolchains::{
    Compiler, Error, FEATURES, Features, Inputs, Origin, Overlay, Target, find, plan, probe,
};

use xtask::context::Context;
use xtask::failure::Failure;
use xtask::process::interrupt;

pub use implied::Implied;
pub use pairs::{Pairs, days, of_the_day};
pub use stand_in::StandIns;

/// One target, compiled or not.
#[derive(Debug, Serialize)]
pub struct CompileRow {
    pub target: String,
    pub compiled: bool,
    /// The compiler, and the headers if they are not its own.
    pub by: Option<String>,
    /// The headers stand in for those of an SDK that cannot be installed here.
    pub stand_in: bool,
    /// The pairs of features that compiled too, on top of the default features.
    pub pairs: Vec<String>,
    /// The pairs that the plan refuses, with the reason.
    pub refused: Vec<String>,
    /// The reason, if something is missing or failed.
    pub reason: Option<String>,
    pub seconds: f64,
}

/// The settings for all targets.
pub struct CompileRun<'a> {
    pub context: &'a Context,
    /// The root of snmalloc's C++ source.
    pub source: PathBuf,
    /// Headers for platforms whose SDK cannot be installed here.
    pub stand_ins: StandIns,
    /// The pairs of features to compile after the default ones.
    pub pairs: Pairs,
    /// Features on top of the default ones.
    pub features: Vec<&'a str>,
    /// The features that other features enable, from the manifest.
    pub implied: Implied,
}

/// A compiler, with the machine that it was found on.
struct FoundCompiler<'a> {
    compiler: Compiler,
    machine: Overlay<'a>,
    stand_in: Option<&'static str>,
}

impl CompileRun<'_> {
    /// Compiles for `target`; `index` is its position in the list of targets.
    pub fn row(&self, target: &Target, index: usize) -> Result<CompileRow, Failure> {
        if interrupt::interrupted() {
            return Err(Failure::Interrupted);
        }
        let start = Instant::now();
        let mut row = CompileRow {
            target: target.triple.clone(),
            compiled: false,
            by: None,
            stand_in: false,
            pairs: Vec::new(),
            refused: Vec::new(),
            reason: None,
            seconds: 0.0,
        };
        match self.find(target) {
            Ok(found) => {
                row.by = Some(self.by(&found));
                row.stand_in = found.stand_in.is_some();
                match self.all(target, index, &found, &mut row) {
                    Ok(()) => row.compiled = true,
                    Err(Failure::Missing(missing)) => row.reason = Some(missing.to_string()),
                    Err(other) => return Err(other),
                }
            }
            Err(missing) => row.reason = Some(missing.what),
        }
        row.seconds = start.elapsed().as_secs_f64();
        Ok(row)
    }

    /// The compiler that a build would use, or else one with stand-in headers.
    fn find(&self, target: &Target) -> Result<FoundCompiler<'_>, Error> {
        let host = self.context.host;
        let base = &self.context.machine;
        let missing = match find::compiler(target, host, base) {
            Ok(compiler) => {
                let (os, vars) = (None, Vec::new());
                let machine = Overlay { base, vars, os };
                return Ok(FoundCompiler {
                    compiler,
                    machine,
                    stand_in: None,
                });
            }
            Err(missing) => missing,
        };
        let Some((machine, name)) = self.stand_ins.machine(target, base) else {
            return Err(missing);
        };
        Ok(FoundCompiler {
            compiler: find::compiler(target, host, &machine)?,
            machine,
            stand_in: Some(name),
        })
    }

    /// The compiler in a few words, for the table.
    fn by(&self, found: &FoundCompiler<'_>) -> String {
        if let Some(name) = found.stand_in {
            return name.to_owned();
        }
        match found.compiler.origin {
            Origin::Zig => "zig".to_owned(),
            _ if found.compiler.speaks_cl() => "clang-cl".to_owned(),
            _ => {
                let name = found.compiler.program.file_name().unwrap_or_default();
                let clang = name.to_string_lossy().contains("clang");
                if clang { "clang" } else { "GCC" }.to_owned()
            }
        }
    }

    fn all(
        &self,
        target: &Target,
        index: usize,
        found: &FoundCompiler<'_>,
        row: &mut CompileRow,
    ) -> Result<(), Failure> {
        let mut defaults: Vec<&str> = Features::defaults().iter().map(|f| f.name).collect();
        defaults.extend(&self.features);
        self.one(target, &defaults, found, false)?;
        let mut requested = self.pairs.len_for_each();
        for pair in self.pairs.at(index) {
            if requested == 0 {
                break;
            }
            if !pair.iter().all(|name| covers(name, target)) {
                requested -= usize::from(self.pairs.is_all());
                continue;
            }
            let features = [&defaults[..], &pair[..]].concat();
            let name = pair.join(",");
            match self.one(target, &features, found, true) {
                Ok(()) => {
                    row.pairs.push(name);
                    requested -= 1;
                }
                // The plan refuses the pair before a compiler runs: try the next pair.
                Err(Failure::Missing(missing)) if missing.output.is_empty() => {
                    row.refused.push(format!("{name}: {}", missing.what));
                    if self.pairs.is_all() {
                        requested -= 1;
                    }
                }
                Err(Failure::Missing(mut missing)) => {
                    missing.what = format!("with {name}: {}", missing.what);
                    return Err(missing.into());
                }
                Err(other) => return Err(other),
            }
        }
        Ok(())
    }

    /// Runs the compiler once with exactly the planned options, and only its front end if that
    /// is possible.
    fn one(
        &self,
        target: &Target,
        features: &[&str],
        found: &FoundCompiler<'_>,
        front_end: bool,
    ) -> Result<(), Failure> {
        if interrupt::interrupted() {
            return Err(Failure::Interrupted);
        }
        let features = self.implied.with(features);
        let features = Features::from_names(features).map_err(Failure::Usage)?;
        let host = self.context.host;
        let compiler = &found.compiler;
        let crossing = target.triple != host;
        let probes = probe(target, crossing, compiler, &features, &found.machine)?;
        let out_dir = self
            .context
            .target_dir()
            .join("compile")
            .join(&target.triple);
        let package = self.context.root.join("snmalloc-sys");
        let plan = plan(
            &Inputs {
                features: &features,
                target,
                host,
                compiler,
                probes: &probes,
                source: self.source.clone(),
                package: package.clone(),
                out_dir: out_dir.clone(),
            },
            &found.machine,
        )?;
        fs::create_dir_all(&out_dir).with_context(|| out_dir.display().to_string())?;
        let mut options = plan.arguments();
        // The front end is enough to check that features go together; zig can't stop after it.
        if front_end && !compiler.speaks_cl() && compiler.origin != Origin::Zig {
            options.push("-fsyntax-only".to_owned());
        }
        run(compiler, &options, &package.join("shim/shim.cc"), &out_dir).map_err(Failure::from)
    }
}

/// Returns true if the feature has an effect for the target.
fn covers(name: &str, target: &Target) -> bool {
    let mut named = FEATURES.iter().filter(|feature| feature.name == name);
    named.all(|feature| feature.scope.covers(target))
}

fn run(
    compiler: &Compiler,
    options: &[String],
    source: &Path,
    out_dir: &Path,
) -> Result<(), Error> {
    let object = out_dir.join("shim.o");
    let mut command = Command::new(&compiler.program);
    command.args(&compiler.args).args(options).arg("-c");
    if compiler.speaks_cl() {
        command.arg("-TP").arg(format!("-Fo{}", object.display()));
        if compiler.is_clang_cl() {
            // Without it, clang-cl reads a path such as `/where/shim.cc` as the option `/w`.
            command.arg("--");
        }
        command.arg(source);
    } else {
        command.arg(source).arg("-o").arg(&object);
    }
    let output = command
        // Some compilers leave files in the working directory.
        .current_dir(out_dir)
        .env("LC_ALL", "C")
        .output()
        .map_err(|error| Error::new(format!("{}: {error}", compiler.command())))?;
    let stderr = String::from_utf8_lossy(&output.stderr);
    let is_object = options.iter().any(|option| option == "-fsyntax-only")
        || fs::metadata(&object).is_ok_and(|file| file.len() > 0);
    // Only its existence counts: delete it.
    let _ = fs::remove_file(&object);
    if !output.status.success() || !is_object {
        let first: Vec<&str> = stderr.lines().take(12).collect();
        return Err(
            Error::new(format!("the compiler failed ({})", output.status))
                .output(&format!("{}\n", first.join("\n"))),
        );
    }
    match is_own_warning(&stderr) {
        None => Ok(()),
        Some(line) => Err(Error::new("a warning of a file of ours").output(line)),
    }
}

/// The first warning about a file of the shim; upstream's warnings are not ours to fix.
fn is_own_warning(stderr: &str) -> Option<&str> {
    stderr
        .lines()
        .find(|line| line.contains("warning:") && line.contains("snmalloc-sys/shim/"))
}

#[cfg(test)]
mod tests {
    use super::is_own_warning;

    #[test]
    fn only_our_own_warnings_count() {
        let upstream = "/r/upstream/src/snmalloc/pal/pal.h:1:2: warning: odd";
        let own = "/w/snmalloc-sys/shim/pages.h:3:4: warning: odd";
        assert_eq!(is_own_warning(upstream), None);
        let both = format!("{upstream}\n{own}\n");
        assert_eq!(is_own_warning(&both), Some(own));
    }
}
