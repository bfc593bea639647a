// SPDX-License-Identifier: MIT
use super::{Context, UserFlags, judge, of_compiler};

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

fn of(text: &str, cl: bool) -> UserFlags {
    of_compiler(words(text), cl)
}

/// Default C++ flags that these distributions and projects publish for x86_64, including those that
/// depend on the machine (`-march`, paths).
const PUBLISHED: [(&str, &str, &[&str]); 12] = [
    (
        "Arch",
        "-march=x86-64 -mtune=generic -O2 -pipe -fno-plt -fexceptions -Wp,-D_FORTIFY_SOURCE=3 \
         -Wformat -Werror=format-security -fstack-clash-protection -fcf-protection \
         -fno-omit-frame-pointer -mno-omit-leaf-frame-pointer -Wp,-D_GLIBCXX_ASSERTIONS \
         -g -ffile-prefix-map=/build=/usr/src -flto=auto",
        &["-fexceptions", "-Wp,-D_GLIBCXX_ASSERTIONS", "-flto=auto"],
    ),
    (
        "Fedora",
        "-O2 -flto=auto -ffat-lto-objects -fexceptions -g -grecord-gcc-switches -pipe -Wall \
         -Werror=format-security -Wp,-U_FORTIFY_SOURCE,-D_FORTIFY_SOURCE=3 \
         -Wp,-D_GLIBCXX_ASSERTIONS -fstack-protector-strong -m64 -march=x86-64 -mtune=generic \
         -fasynchronous-unwind-tables -fstack-clash-protection -fcf-protection \
         -mtls-dialect=gnu2 -fno-omit-frame-pointer",
        &["-flto=auto", "-fexceptions", "-Wp,-D_GLIBCXX_ASSERTIONS"],
    ),
    (
        "Debian",
        "-g -O2 -Werror=implicit-function-declaration -ffile-prefix-map=/b=. \
         -fstack-protector-strong -fstack-clash-protection -Wformat -Werror=format-security \
         -fcf-protection -D_FORTIFY_SOURCE=2",
        &[],
    ),
    (
        "Ubuntu",
        "-g -O2 -fno-omit-frame-pointer -mno-omit-leaf-frame-pointer -flto=auto \
         -ffat-lto-objects -fstack-protector-strong -Wformat -Werror=format-security \
         -fcf-protection -D_FORTIFY_SOURCE=3",
        &["-flto=auto"],
    ),
    (
        "Alpine",
        "-Os -fstack-clash-protection -Wformat -Werror=format-security -D_GLIBCXX_ASSERTIONS=1 \
         -D_LIBCPP_ENABLE_THREAD_SAFETY_ANNOTATIONS=1 \
         -D_LIBCPP_HARDENING_MODE=_LIBCPP_HARDENING_MODE_FAST",
        &[
            "-D_GLIBCXX_ASSERTIONS=1",
            "-D_LIBCPP_HARDENING_MODE=_LIBCPP_HARDENING_MODE_FAST",
        ],
    ),
    (
        "openSUSE",
        "-O2 -Wall -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong \
         -funwind-tables -fasynchronous-unwind-tables -fstack-clash-protection \
         -Werror=return-type -flto=auto -g",
        &["-flto=auto"],
    ),
    (
        "Gentoo",
        "-O2 -pipe -march=native -flto -Werror=odr -Werror=lto-type-mismatch \
         -Werror=strict-aliasing -D_GLIBCXX_ASSERTIONS",
        &["-flto", "-D_GLIBCXX_ASSERTIONS"],
    ),
    (
        "conda",
        "-fvisibility-inlines-hidden -fmessage-length=0 -march=nocona -mtune=haswell \
         -ftree-vectorize -fPIC -fstack-protector-strong -fno-plt -O2 -ffunction-sections -pipe \
         -isystem /opt/conda/include",
        &[],
    ),
    (
        "Nix",
        "-frandom-seed=0000000000 -isystem /nix/store/x/include -O2 -fPIC -fwrapv \
         -Wformat -Wformat-security -Werror=format-security -fstack-protector-strong \
         --param ssp-buffer-size=4 -D_FORTIFY_SOURCE=3 -fno-strict-overflow \
         -fzero-call-used-regs=used-gpr -D_GLIBCXX_ASSERTIONS",
        &["-D_GLIBCXX_ASSERTIONS"],
    ),
    (
        "Yocto",
        "-O2 -pipe -g -feliminate-unused-debug-types -fcanon-prefix-map \
         -fmacro-prefix-map=/w=/usr/src -fstack-protector-strong -D_FORTIFY_SOURCE=2 -Wformat \
         -Wformat-security -Werror=format-security -fvisibility-inlines-hidden",
        &[],
    ),
    (
        "Homebrew",
        "-Os -w -pipe -march=nehalem -mmacosx-version-min=14 -isystem/usr/local/include",
        &[],
    ),
    (
        "Void",
        "-mtune=generic -O2 -pipe -fstack-clash-protection -D_FORTIFY_SOURCE=2 -g",
        &[],
    ),
];

#[test]
fn useless_flags_of_distributions_are_dropped() {
    for (name, flags, expected) in PUBLISHED {
        let judged = of(flags, false);
        let ignored: Vec<&str> = judged.ignored.iter().map(|(flag, _)| &**flag).collect();
        assert_eq!(ignored, expected, "{name}");
        let kept = judged.kept.join(" ");
        for gone in [
            "-Werror",
            "exceptions",
            "ASSERTIONS",
            "-flto",
            "HARDENING_MODE",
        ] {
            assert!(!kept.contains(gone), "{name}: {kept}");
        }
        // A flag's value is kept with it.
        assert!(
            !flags.contains("-isystem /") || kept.contains("-isystem /"),
            "{kept}"
        );
    }
}

#[test]
fn accepted_user_flags_pass_in_order() {
    let flags = "-O0 -g3 -march=native -std=gnu++20 -DA=1 -D B -UA -fno-plt -stdlib=libc++ \
                 -Wall -include x.h -fsanitize=shadow-call-stack -Wl,-O1 -fuse-ld=lld -L/x";
    let judged = of(flags, false);
    assert_eq!(judged.kept, words(flags));
    assert_eq!(judged.warning("CXXFLAGS"), None);
}

#[test]
fn flags_that_bring_in_a_runtime_are_ignored_with_the_reason() {
    for flag in [
        "-fexceptions",
        "-frtti",
        "-fthreadsafe-statics",
        "-fkeep-inline-functions",
        "--coverage",
        "-fprofile-generate=/tmp",
        "-pg",
        "-fsanitize=address,undefined",
        "-fsanitize-coverage=trace-pc",
        "-std=c++14",
        "-std=gnu++11",
        "-ansi",
        "-std=c11",
        "-flto",
        "-flto=thin",
        "-fwhole-program",
        "-D_GLIBCXX_DEBUG",
    ] {
        let judged = of(flag, false);
        assert!(judged.kept.is_empty(), "{flag}");
        let warning = judged.warning("CXXFLAGS").expect(flag);
        let start = format!("ignored from CXXFLAGS: {flag} (");
        assert!(warning.starts_with(&start), "{warning}");
    }
    for flag in [
        "/EHsc",
        "/GR",
        "/GL",
        "/std:c++14",
        "/MTd",
        "/fsanitize=address",
        "/RTC1",
    ] {
        let judged = of(flag, true);
        assert!(
            judged.kept.is_empty() && judged.ignored.len() == 1,
            "{flag}"
        );
    }
    // Each flag is reported once.
    assert_eq!(of("-frtti -frtti", false).ignored.len(), 1);
}

#[test]
fn preprocessor_macros_are_filtered_individually() {
    let judged = of("-Wp,-D_FORTIFY_SOURCE=3,-D_GLIBCXX_ASSERTIONS", false);
    assert_eq!(judged.kept, ["-Wp,-D_FORTIFY_SOURCE=3"]);
    assert_eq!(of("-D _GLIBCXX_ASSERTIONS -O2", false).kept, ["-O2"]);
}

#[test]
fn sanitizers_pass_if_their_runtime_is_linked_or_not_needed() {
    let run = |flags: &str, context| judge(words(flags), false, context);
    let rustc = Context {
        sanitizers: "address,leak",
        ..Context::default()
    };
    assert_eq!(
        run("-fsanitize=address", rustc).kept,
        ["-fsanitize=address"]
    );
    assert!(run("-fsanitize=thread", rustc).kept.is_empty());
    let trapping = "-fsanitize=undefined -fsanitize-trap=undefined";
    assert_eq!(of(trapping, false).kept, words(trapping));
    let lto = Context {
        lto: true,
        ..Context::default()
    };
    assert_eq!(run("-flto=thin", lto).kept, ["-flto=thin"]);
}

#[test]
fn flags_without_an_object_file_are_ignored() {
    for (flags, cl) in [
        ("-O2 -E", false),
        ("-S", false),
        ("-fsyntax-only", false),
        ("-o x.o", false),
        ("-x c", false),
        ("/Zs", true),
        ("/TC", true),
    ] {
        let judged = of(flags, cl);
        let flag = flags.trim_start_matches("-O2 ");
        let warning = judged.warning("CXXFLAGS").expect(flag);
        let start = format!("ignored from CXXFLAGS: {flag} (");
        assert!(warning.starts_with(&start), "{warning}");
    }
}
