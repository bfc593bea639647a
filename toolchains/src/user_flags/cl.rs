// SPDX-License-Identifier: MIT
//! The policy for flags of `cl` and clang-cl.

use super::Verdict;

pub(super) fn judge(word: &str) -> Verdict {
    let Some(flag) = word.strip_prefix(['/', '-']) else {
        return Verdict::Keep;
    };
    match flag {
        "std:c++14" => Verdict::Ignore("snmalloc needs C++17 or newer"),
        "GL" => Verdict::Ignore("rustc's linker needs machine code"),
        "GR" | "Zc:threadSafeInit" => Verdict::Ignore("the allocator links no C++ runtime library"),
        // rustc chooses with target feature `crt-static`, and links the release variant.
        "MD" | "MDd" | "MT" | "MTd" | "LD" | "LDd" => {
            Verdict::Ignore("rustc chooses the C run-time library")
        }
        "WX" | "c" => Verdict::Drop,
        "E" | "EP" | "P" | "Zs" => Verdict::Ignore("with it the compiler writes no object file"),
        "TC" => Verdict::Ignore("snmalloc is C++"),
        _ if flag.starts_with("EH") && flag != "EHs-c-" => {
            Verdict::Ignore("the allocator links no C++ runtime library")
        }
        _ if flag.starts_with("std:c") && !flag.starts_with("std:c++") => {
            Verdict::Ignore("snmalloc is C++")
        }
        _ if flag.starts_with("fsanitize") => {
            Verdict::Ignore("needs a run-time library that rustc doesn't link here")
        }
        _ if flag.starts_with("RTC") => Verdict::Ignore("it excludes optimisation"),
        _ if flag.starts_with("flto") => {
            Verdict::Ignore("the linker needs machine code; feature lto makes bitcode for rustc")
        }
        _ if flag.starts_with("Fo") => Verdict::Ignore("the build script names the object file"),
        _ => Verdict::Keep,
    }
}
