//! Default flags of distributions, for x86-64.

use super::Outcome::Warns;
use super::{Setting, flags, row};

pub(super) const DISTRIBUTIONS: &[Setting] = &[
    row(
        "Arch",
        &[(
            "CXXFLAGS",
            "-march=x86-64 -mtune=generic -O2 -pipe -fno-plt -fexceptions \
             -Wp,-D_FORTIFY_SOURCE=3 -Wformat -Werror=format-security -fstack-clash-protection \
             -fcf-protection -fno-omit-frame-pointer -mno-omit-leaf-frame-pointer \
             -Wp,-D_GLIBCXX_ASSERTIONS -g -ffile-prefix-map=/build=/usr/src/debug -flto=auto",
        )],
        Warns("ignored from CXXFLAGS: -fexceptions"),
    ),
    row(
        "Fedora",
        &[(
            "CXXFLAGS",
            "-O2 -flto=auto -ffat-lto-objects -fexceptions -g -grecord-gcc-switches -pipe -Wall \
             -Werror=format-security -Wp,-U_FORTIFY_SOURCE,-D_FORTIFY_SOURCE=3 \
             -Wp,-D_GLIBCXX_ASSERTIONS -fstack-protector-strong -m64 -march=x86-64 \
             -mtune=generic -fasynchronous-unwind-tables -fstack-clash-protection \
             -fcf-protection -fno-omit-frame-pointer -mno-omit-leaf-frame-pointer",
        )],
        Warns("-Wp,-D_GLIBCXX_ASSERTIONS"),
    ),
    flags(
        "Debian",
        &[(
            "CXXFLAGS",
            "-g -O2 -ffile-prefix-map=/build=. -fstack-protector-strong \
             -fstack-clash-protection -Wformat -Werror=format-security -fcf-protection \
             -D_FORTIFY_SOURCE=2",
        )],
    ),
    flags(
        "Debian, hardening=+all",
        &[(
            "CXXFLAGS",
            "-g -O2 -ffile-prefix-map=/build=. -fPIE -fstack-protector-strong -Wformat \
             -Werror=format-security -D_FORTIFY_SOURCE=2",
        )],
    ),
    row(
        "Ubuntu",
        &[(
            "CXXFLAGS",
            "-g -O2 -fno-omit-frame-pointer -mno-omit-leaf-frame-pointer -flto=auto \
             -ffat-lto-objects -fstack-protector-strong -Wformat -Werror=format-security \
             -fcf-protection -D_FORTIFY_SOURCE=3",
        )],
        Warns("ignored from CXXFLAGS: -flto=auto"),
    ),
    row(
        "Alpine",
        &[(
            "CXXFLAGS",
            "-Os -fstack-clash-protection -Wformat -Werror=format-security \
             -D_GLIBCXX_ASSERTIONS=1 -D_LIBCPP_ENABLE_THREAD_SAFETY_ANNOTATIONS=1 \
             -D_LIBCPP_HARDENING_MODE=_LIBCPP_HARDENING_MODE_FAST",
        )],
        Warns("_GLIBCXX_ASSERTIONS=1"),
    ),
    row(
        "openSUSE",
        &[(
            "CXXFLAGS",
            "-O2 -Wall -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong \
             -funwind-tables -fasynchronous-unwind-tables -fstack-clash-protection \
             -Werror=return-type -flto=auto -g",
        )],
        Warns("-flto=auto"),
    ),
    row(
        "Gentoo with LTO",
        &[(
            "CXXFLAGS",
            "-O2 -pipe -march=native -flto -Werror=odr -Werror=lto-type-mismatch \
             -Werror=strict-aliasing",
        )],
        Warns("-flto"),
    ),
    flags(
        "conda",
        &[(
            "CXXFLAGS",
            "-fvisibility-inlines-hidden -fmessage-length=0 -march=nocona -mtune=haswell \
             -ftree-vectorize -fPIC -fstack-protector-strong -fno-plt -O2 -ffunction-sections \
             -pipe -isystem /usr/include -fdebug-prefix-map=/a=/b",
        )],
    ),
    row(
        "Nix",
        &[(
            "CXXFLAGS",
            "-frandom-seed=0 -O2 -fPIC -fwrapv -Wformat -Wformat-security \
             -Werror=format-security -fstack-protector-strong --param ssp-buffer-size=4 \
             -D_FORTIFY_SOURCE=3 -fno-strict-overflow -fzero-call-used-regs=used-gpr \
             -D_GLIBCXX_ASSERTIONS",
        )],
        Warns("-D_GLIBCXX_ASSERTIONS"),
    ),
    flags(
        "Yocto",
        &[
            (
                "CXX",
                "g++ -m64 -march=x86-64 -fstack-protector-strong -D_FORTIFY_SOURCE=2 --sysroot=/",
            ),
            (
                "CXXFLAGS",
                "-O2 -pipe -g -feliminate-unused-debug-types -fmacro-prefix-map=/w=/usr/src \
                 -Wformat -Wformat-security -Werror=format-security -fvisibility-inlines-hidden",
            ),
        ],
    ),
    flags(
        "Homebrew",
        &[(
            "CXXFLAGS",
            "-Os -w -pipe -march=native -isystem /usr/local/include -L/usr/local/lib",
        )],
    ),
];
