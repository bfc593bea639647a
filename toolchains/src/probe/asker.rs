// SPDX-License-Identifier: MIT
//! Asking a compiler, and telling what it said.

use std::path::Path;

use super::sources::{LANGUAGE, LIBC};
use crate::{Compiler, Machine, Missing, Origin};

/// Not `-fsyntax-only`: zig takes that for linking, and builds its C library first.
const COMPILE: &str = "-c";

pub(super) struct Asker<'a> {
    pub(super) compiler: &'a Compiler,
    pub(super) machine: &'a dyn Machine,
    /// The user's, which may change every answer.
    pub(super) flags: Vec<String>,
}

impl Asker<'_> {
    pub(super) fn preprocess(&self, source: &str) -> Result<String, Missing> {
        let output = self.call(&["-E"], source)?;
        if output.success {
            Ok(output.stdout)
        } else {
            let missing = self
                .explain("can't preprocess a line of C++", &output.stderr)
                .fix(another(self.compiler));
            Err(match self.flags.as_slice() {
                [] => missing,
                flags => missing.fix(format!("correct CXXFLAGS: {}", flags.join(" "))),
            })
        }
    }

    fn call(&self, flags: &[&str], source: &str) -> Result<crate::Output, Missing> {
        let mut args = self.compiler.args.clone();
        args.extend(self.flags.iter().cloned());
        args.extend(flags.iter().map(|flag| (*flag).to_owned()));
        let from_here: &[&str] = if self.compiler.is_clang_cl() {
            &["-TP", "-"]
        } else {
            &["-x", "c++", "-"]
        };
        args.extend(from_here.iter().map(|word| (*word).to_owned()));
        let program = Path::new(&self.compiler.program);
        let output = if flags.contains(&COMPILE) {
            self.machine.run_compiler(program, &args, source)
        } else {
            self.machine.run(program, &args, source)
        };
        output.map_err(|error| {
            Missing::new(format!("the C++ compiler can't be run: {error}"))
                .looked(origin(self.compiler))
                .fix(another(self.compiler))
        })
    }

    pub(super) fn accepts(&self, flags: &[&str], source: &str) -> bool {
        // A flag that is accepted with a warning isn't understood.
        let mut strict = vec![COMPILE, "-Werror"];
        strict.extend(flags);
        self.call(&strict, source)
            .is_ok_and(|output| output.success)
    }

    /// Tells "too old" and "no headers" apart.
    pub(super) fn must_accept(
        &self,
        flags: &[&str],
        headers: &str,
        language: &str,
    ) -> Result<(), Missing> {
        let mut syntax = vec![COMPILE];
        syntax.extend(flags);
        let whole = self.call(&syntax, language)?;
        if whole.success {
            return Ok(());
        }
        let without_headers = self.call(&syntax, LANGUAGE)?;
        if !without_headers.success {
            return Err(self
                .explain(
                    "is too old or broken: it can't compile C++17",
                    &whole.stderr,
                )
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

    fn explain(&self, what: &str, stderr: &str) -> Missing {
        Missing::new(format!("`{}` {what}", self.compiler.command()))
            .looked(origin(self.compiler))
            .said(stderr)
    }
}

/// Where a compiler's missing headers come from; zig has them inside, or not at all.
pub(super) fn headers_from(origin: Origin) -> &'static str {
    match origin {
        Origin::Zig => "set CXX to another C++ compiler: this zig has no such C library",
        _ => "install the compiler's C++ library headers (libstdc++-dev, libc++-dev)",
    }
}

/// What mends a compiler that is none.
pub(super) fn another(compiler: &Compiler) -> String {
    match &compiler.variable {
        Some(variable) => format!("set {variable} to a C++ compiler, or unset it"),
        None => "install it again, or set CXX to another C++ compiler".to_owned(),
    }
}

/// Who named the compiler.
pub(super) fn origin(compiler: &Compiler) -> String {
    match &compiler.variable {
        Some(variable) => format!("{variable}, which names it"),
        None if compiler.origin == Origin::Ndk => "the NDK, where it was found".to_owned(),
        None => "PATH, where it was found".to_owned(),
    }
}
