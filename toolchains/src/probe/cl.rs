// SPDX-License-Identifier: MIT
//! Probes Microsoft's compiler: its banner contains the version, from which the features follow; it
//! reads no source from a pipe. Not tested with a real one.

use super::Probes;
use super::compiler::{another, origin};
use crate::{Compiler, Error, Family, FeatureId, Features, Machine, Target};

/// The first version with `/std:c++20` (Visual Studio 2019 16.11).
const CXX20: (u32, u32) = (19, 29);
/// The first version with the required parts of C++17 (Visual Studio 2017 15.7).
const CXX17: (u32, u32) = (19, 14);

pub(super) fn probe(
    target: &Target,
    compiler: &Compiler,
    features: &Features,
    machine: &dyn Machine,
) -> Result<Probes, Error> {
    let output = machine
        .run(&compiler.program, &compiler.args, "")
        .map_err(|error| {
            Error::new(format!("the C++ compiler can't be run: {error}"))
                .searched(origin(compiler))
                .fix(another(compiler))
        })?;
    let Some((version, arch)) = banner(&output.stderr).or_else(|| banner(&output.stdout)) else {
        return Err(
            Error::new(format!("`{}` tells no version", compiler.command()))
                .searched(origin(compiler))
                .output(&output.stderr)
                .fix("unset CXX, so that Visual Studio is looked for"),
        );
    };
    let expected = match target.arch.as_str() {
        "x86_64" => "x64",
        // ARM64EC is the ARM64 compiler with an option.
        "aarch64" | "arm64ec" => "ARM64",
        arch => arch,
    };
    if !arch.eq_ignore_ascii_case(expected) {
        return Err(Error::new(format!(
            "`{}` makes code for {arch}, not for {}",
            compiler.command(),
            target.triple
        ))
        .searched(origin(compiler))
        .fix("unset CXX, or use the developer prompt for the target"));
    }
    if version < CXX17 {
        return Err(Error::new(format!(
            "`{}` is too old: it is {}.{}, and C++17 needs {}.{}",
            compiler.command(),
            version.0,
            version.1,
            CXX17.0,
            CXX17.1
        ))
        .searched(origin(compiler))
        .fix("install Visual Studio 2019 or newer"));
    }
    Ok(Probes {
        family: Family::Msvc,
        version,
        cxx20: version >= CXX20 && !features.has(FeatureId::Usecxx17),
        // cl needs no option for the instructions.
        cx16: false,
        prfchw: false,
        getentropy: false,
        atfork: false,
        target_flag: None,
        futex_header: false,
        thread_atexit: false,
        random_header: false,
        assertions: false,
    })
}

/// Parses version and architecture in any language: `… Version 19.38.33133 for x64`.
fn banner(text: &str) -> Option<((u32, u32), &str)> {
    let line = text.lines().find(|line| line.contains("(R)"))?;
    let words: Vec<&str> = line.split_whitespace().collect();
    let version = words.iter().find_map(|word| {
        let mut parts = word.split('.');
        let version = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        Some(version)
    })?;
    Some((version, words.last()?))
}

#[cfg(test)]
mod tests {
    use super::probe;
    use crate::{Compiler, FakeMachine, Features, Output, Target};

    fn ask(triple: &str, banner: &str) -> Result<super::Probes, String> {
        let output = Output {
            success: true,
            stderr: format!("{banner}\r\nCopyright (C) Microsoft\r\n"),
            ..Output::default()
        };
        let machine = FakeMachine::new("windows", "x86_64").with_program("/cl", "", output);
        let target = Target::from_triple(triple).unwrap();
        let compiler = Compiler::found("/cl");
        probe(&target, &compiler, &Features::default(), &machine).map_err(|m| m.to_string())
    }

    #[test]
    fn banner_gives_version_and_architecture() {
        const X64: &str = "x86_64-pc-windows-msvc";
        let new = "Microsoft (R) C/C++ Optimizing Compiler Version 19.38.33133 for x64";
        let german = "Microsoft (R) C/C++-Optimierungscompiler Version 19.20.27508 für x64";
        let probes = ask(X64, new).unwrap();
        assert_eq!(probes.version, (19, 38));
        assert!(probes.cxx20 && !probes.cx16 && !probes.getentropy);
        assert!(!ask(X64, german).unwrap().cxx20);
        for (triple, banner, expected) in [
            ("i686-pc-windows-msvc", new, "makes code for x64"),
            (X64, "hello", "tells no version"),
            (
                X64,
                "Microsoft (R) C/C++ Optimizing Compiler Version 19.00.24215.1 for x64",
                "is too old",
            ),
        ] {
            let message = ask(triple, banner).unwrap_err();
            assert!(message.contains(expected), "{message}");
        }
    }
}
