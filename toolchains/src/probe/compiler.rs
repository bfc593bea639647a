// SPDX-License-Identifier: MIT
//! Runs a compiler for probes, and reports its errors.

use std::path::Path;

use super::sources::{LANGUAGE, LIBC};
use crate::{Compiler, Error, Machine, Origin, vars};

/// Not `-fsyntax-only`: zig treats it as linking, and builds its C library first.
const COMPILE: &str = "-c";
/// Disables warnings, which a flag might turn into errors.
const SILENT: &str = "-w";

pub(super) struct CompilerProbe<'a> {
    pub(super) compiler: &'a Compiler,
    pub(super) machine: &'a dyn Machine,
    /// All flags that may affect a result; the user's own come last.
    pub(super) flags: Vec<String>,
    /// The user's own flags.
    pub(super) own: Vec<String>,
    /// The variable that contains the user's flags.
    pub(super) variable: String,
}

impl CompilerProbe<'_> {
    pub(super) fn preprocess(&self, source: &str) -> Result<String, Error> {
        let output = self.call(&["-E"], source)?;
        if output.success {
            return Ok(output.stdout);
        }
        if self.flags_are_at_fault(&["-E"], source)? {
            return Err(self.bad_flags(&output.stderr));
        }
        Err(self
            .explain("can't preprocess a line of C++", &output.stderr)
            .fix(another(self.compiler)))
    }

    fn call(&self, flags: &[&str], source: &str) -> Result<crate::Output, Error> {
        self.call_with(&self.flags, flags, source)
    }

    fn call_with(
        &self,
        own: &[String],
        flags: &[&str],
        source: &str,
    ) -> Result<crate::Output, Error> {
        let mut args = self.compiler.args.clone();
        args.extend(own.iter().cloned());
        args.extend(flags.iter().map(|flag| (*flag).to_owned()));
        let from_here: &[&str] = if self.compiler.is_clang_cl() {
            &[SILENT, "-TP", "-"]
        } else {
            &[SILENT, "-x", "c++", "-"]
        };
        args.extend(from_here.iter().map(|word| (*word).to_owned()));
        let program = Path::new(&self.compiler.program);
        let output = if flags.contains(&COMPILE) {
            self.machine.output_dir().map_err(|error| {
                Error::new(format!("the C++ compiler can't be probed: {error}"))
                    .fix("set TMPDIR to a directory that exists and is writable, or unset it")
            })?;
            self.machine.run_compiler(program, &args, source)
        } else {
            self.machine.run(program, &args, source)
        };
        output.map_err(|error| {
            Error::new(format!("the C++ compiler can't be run: {error}"))
                .searched(origin(self.compiler))
                .fix(another(self.compiler))
        })
    }

    /// Returns true if a failed call succeeds without the user's flags.
    fn flags_are_at_fault(&self, flags: &[&str], source: &str) -> Result<bool, Error> {
        if self.own.is_empty() {
            return Ok(false);
        }
        let others = &self.flags[..self.flags.len() - self.own.len()];
        Ok(self.call_with(others, flags, source)?.success)
    }

    fn bad_flags(&self, stderr: &str) -> Error {
        let flags = self.own.join(" ");
        let missing = self.explain(
            &format!("fails with the flags of {}", self.variable),
            stderr,
        );
        let missing = if flags.contains(['"', '\'', '\\']) && !vars::shell_escaped(self.machine) {
            missing.fix("set CC_SHELL_ESCAPED_FLAGS=1: quotes then keep words together")
        } else {
            missing
        };
        missing.fix(format!("correct {}: {flags}", self.variable))
    }

    /// Returns true if the source compiles. Probes are written so that only an error means no: a
    /// warning may have another cause.
    pub(super) fn accepts(&self, flags: &[&str], source: &str) -> Result<bool, Error> {
        let args = [&[COMPILE], flags].concat();
        Ok(self.call(&args, source)?.success)
    }

    /// Distinguishes "too old" from "no headers".
    pub(super) fn must_accept(
        &self,
        flags: &[&str],
        headers: &str,
        language: &str,
    ) -> Result<(), Error> {
        let mut syntax = vec![COMPILE];
        syntax.extend(flags);
        let whole = self.call(&syntax, language)?;
        if whole.success {
            return Ok(());
        }
        if self.flags_are_at_fault(&syntax, language)? {
            return Err(self.bad_flags(&whole.stderr));
        }
        if !self.call(&[COMPILE], "int probe_nothing;\n")?.success {
            return Err(self
                .explain("can't compile a line of C++", &whole.stderr)
                .fix(another(self.compiler)));
        }
        let without_headers = self.call(&syntax, LANGUAGE)?;
        if !without_headers.success {
            return Err(self
                .explain("is too old: it can't compile C++17", &whole.stderr)
                .fix("use GCC 8, clang 10 or newer, and name it in CXX"));
        }
        let what = if self.call(&syntax, LIBC)?.success || headers == LIBC {
            "finds no C++ standard headers"
        } else {
            "finds no C library headers"
        };
        Err(self
            .explain(what, &whole.stderr)
            .fix(headers_from(self.compiler.origin)))
    }

    fn explain(&self, what: &str, stderr: &str) -> Error {
        Error::new(format!("`{}` {what}", self.compiler.command()))
            .searched(origin(self.compiler))
            .output(stderr)
    }
}

/// The fix for missing headers; zig contains its own, or has none at all.
pub(super) fn headers_from(origin: Origin) -> &'static str {
    match origin {
        Origin::Zig => "set CXX to another C++ compiler: this zig has no such C library",
        _ => "install the compiler's C++ library headers (libstdc++-dev, libc++-dev)",
    }
}

/// The fix for a program that is not a compiler.
pub(super) fn another(compiler: &Compiler) -> String {
    match &compiler.variable {
        Some(variable) => format!("set {variable} to a C++ compiler, or unset it"),
        None => "install it again, or set CXX to another C++ compiler".to_owned(),
    }
}

/// The source of the compiler's name.
pub(super) fn origin(compiler: &Compiler) -> String {
    match &compiler.variable {
        Some(variable) => format!("{variable}, which names it"),
        None if compiler.origin == Origin::Ndk => "the NDK, where it was found".to_owned(),
        None => "PATH, where it was found".to_owned(),
    }
}
