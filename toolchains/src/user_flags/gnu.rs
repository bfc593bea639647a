// SPDX-License-Identifier: MIT
//! The policy for flags of GCC and clang.

use super::{Context, Verdict};

const RUNTIME: &str = "the allocator links no C++ runtime library";
const PROFILING: &str = "needs a run-time library that Rust programs don't link";
const SANITIZER: &str = "needs a run-time library that rustc doesn't link here";
const CHECKS: &str = "its checks call the C++ runtime library";
const OLD: &str = "snmalloc needs C++17 or newer";
const NOT_CXX: &str = "snmalloc is C++";
const LTO: &str = "the linker needs machine code; feature lto makes bitcode for rustc";
const WHOLE: &str = "the functions are called from Rust";
const NO_OBJECT: &str = "with it the compiler writes no object file";
const OUTPUT: &str = "the build script names the object file";

/// Flags with a value in the next argument.
pub(super) const VALUE_IN_NEXT_WORD: [&str; 33] = [
    "-D",
    "-U",
    "-I",
    "-L",
    "-F",
    "-B",
    "-T",
    "-l",
    "-u",
    "-z",
    "-o",
    "-x",
    "-isystem",
    "-idirafter",
    "-iquote",
    "-iprefix",
    "-iwithprefix",
    "-include",
    "-imacros",
    "-isysroot",
    "--sysroot",
    "-Xclang",
    "-Xassembler",
    "-Xlinker",
    "-Xpreprocessor",
    "-target",
    "-arch",
    "-framework",
    "-MF",
    "-MT",
    "-MQ",
    "--param",
    "-mllvm",
];

/// Macros that make the C++ library's headers call functions of the library.
const CHECKING_MACROS: [&str; 8] = [
    "_GLIBCXX_ASSERTIONS",
    "_GLIBCXX_DEBUG",
    "_GLIBCXX_DEBUG_PEDANTIC",
    "_LIBCPP_HARDENING_MODE",
    "_LIBCPP_ENABLE_ASSERTIONS",
    "_LIBCPP_ENABLE_HARDENED_MODE",
    "_LIBCPP_ENABLE_DEBUG_MODE",
    "_LIBCPP_DEBUG",
];

/// Returns true if sanitizers trap instead of calling their runtime.
pub(super) fn traps(words: &[String]) -> bool {
    words.iter().any(|word| {
        word == "-fsanitize-undefined-trap-on-error"
            || word == "-fsanitize-trap"
            || word.starts_with("-fsanitize-trap=")
    })
}

pub(super) fn judge_pair(flag: &str, value: &str, context: Context<'_>) -> Verdict {
    match flag {
        "-D" => judge(&format!("-D{value}"), context),
        "-o" => Verdict::Ignore(OUTPUT),
        "-x" if value != "c++" => Verdict::Ignore(NOT_CXX),
        "-Xclang" | "-Xpreprocessor" => match judge(value, context) {
            Verdict::Replace(_) => Verdict::Keep,
            verdict => verdict,
        },
        _ => Verdict::Keep,
    }
}

pub(super) fn judge(word: &str, context: Context<'_>) -> Verdict {
    if let Some(name) = word.strip_prefix("-D") {
        return match is_checking_macro(name) {
            true => Verdict::Ignore(CHECKS),
            false => Verdict::Keep,
        };
    }
    if let Some(list) = word.strip_prefix("-Wp,") {
        return preprocessor_list(list);
    }
    if let Some(standard) = word.trim_start_matches('-').strip_prefix("std=") {
        return judge_standard(standard);
    }
    if let Some(list) = word.strip_prefix("-fsanitize=") {
        return judge_sanitizers(list, context);
    }
    match word {
        "-ansi" => Verdict::Ignore(OLD),
        "-fexceptions"
        | "-fcxx-exceptions"
        | "-fnon-call-exceptions"
        | "-fasync-exceptions"
        | "-frtti"
        | "-fthreadsafe-statics"
        | "-fkeep-inline-functions"
        | "-fsplit-stack" => Verdict::Ignore(RUNTIME),
        "--coverage" | "-coverage" | "-fprofile-arcs" | "-ftest-coverage"
        | "-fcoverage-mapping" | "-pg" | "-p" | "-fxray-instrument" => Verdict::Ignore(PROFILING),
        "-fwhole-program" => Verdict::Ignore(WHOLE),
        // No effect without `-flto`.
        "-ffat-lto-objects" | "-fuse-linker-plugin" if !context.lto => Verdict::Drop,
        "-emit-llvm" | "-fwhole-program-vtables" | "-fsplit-lto-unit" if !context.lto => {
            Verdict::Ignore(LTO)
        }
        // The plan contains `-fPIC`, which suits programs of any kind.
        "-fPIE" | "-fpie" | "-fno-pic" | "-fno-PIC" | "-fno-pie" | "-fno-PIE" => Verdict::Drop,
        // A user of the crate can't fix its warnings.
        "-Werror" | "-pedantic-errors" | "-c" => Verdict::Drop,
        "-E" | "-S" | "-M" | "-MM" | "-fsyntax-only" | "-###" | "--version" | "--help" => {
            Verdict::Ignore(NO_OBJECT)
        }
        _ if word.starts_with("-Werror=") => Verdict::Drop,
        _ if word.starts_with("-flto") && !context.lto => Verdict::Ignore(LTO),
        _ if starts_with_any(
            word,
            &[
                "-fprofile-generate",
                "-fprofile-instr-generate",
                "-fcs-profile-generate",
                "-fprofile-update",
                "-finstrument-functions",
            ],
        ) =>
        {
            Verdict::Ignore(PROFILING)
        }
        _ if word.starts_with("-fsanitize-coverage") && !context.fuzzing => {
            Verdict::Ignore(SANITIZER)
        }
        _ if word.starts_with("-o") => Verdict::Ignore(OUTPUT),
        _ if word.starts_with("-x") && word != "-xc++" => Verdict::Ignore(NOT_CXX),
        _ => Verdict::Keep,
    }
}

fn starts_with_any(word: &str, starts: &[&str]) -> bool {
    starts.iter().any(|start| word.starts_with(start))
}

fn is_checking_macro(definition: &str) -> bool {
    let name = definition.split('=').next().unwrap_or_default();
    CHECKING_MACROS.contains(&name)
}

/// Removes ignored macros from `-Wp,-D_FORTIFY_SOURCE=3,-D_GLIBCXX_ASSERTIONS`.
fn preprocessor_list(list: &str) -> Verdict {
    let checks = |part: &&str| part.strip_prefix("-D").is_some_and(is_checking_macro);
    let parts: Vec<&str> = list.split(',').collect();
    let kept: Vec<&str> = parts.iter().copied().filter(|part| !checks(part)).collect();
    if kept.is_empty() {
        Verdict::Ignore(CHECKS)
    } else if kept.len() == parts.len() {
        Verdict::Keep
    } else {
        Verdict::Replace(format!("-Wp,{}", kept.join(",")))
    }
}

fn judge_standard(standard: &str) -> Verdict {
    let year = standard
        .strip_prefix("c++")
        .or_else(|| standard.strip_prefix("gnu++"));
    match year {
        None => Verdict::Ignore(NOT_CXX),
        Some("98" | "03" | "0x" | "11" | "1y" | "14") => Verdict::Ignore(OLD),
        Some(_) => Verdict::Keep,
    }
}

fn judge_sanitizers(list: &str, context: Context<'_>) -> Verdict {
    let linked = |name: &str| {
        let mut names = context.sanitizers.split(',');
        context.traps
            || names.any(|other| other == name)
            || name == "shadow-call-stack"
            || (context.fuzzing && name == "fuzzer-no-link")
    };
    if list.split(',').all(linked) {
        Verdict::Keep
    } else {
        Verdict::Ignore(SANITIZER)
    }
}
