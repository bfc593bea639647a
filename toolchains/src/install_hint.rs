// SPDX-License-Identifier: MIT
//! Install commands for the package manager on this machine.

mod debian;
#[cfg(feature = "full")]
mod together;

use crate::Machine;

#[cfg(feature = "full")]
pub use together::install_commands;

/// Something that packages provide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    /// A C++ compiler for this machine.
    CxxCompiler,
    /// CMake.
    Cmake,
    /// A GNU C++ cross compiler; the GNU prefix, such as `aarch64-linux-gnu`.
    GnuCross(String),
    /// qemu's user-mode emulators.
    QemuUser,
    /// A mingw-w64 GCC with posix threads; its CPU: `x86_64`, `i686`.
    Mingw(String),
    /// LLVM's mingw-w64 toolchain.
    MingwLlvm,
    /// clang with GNU-style options, and lld.
    Clang,
    /// clang with `cl`'s options (clang-cl), and lld with the options of `link`.
    ClangCl,
    /// Wine, for programs of an architecture: `x86_64`, `x86`.
    Wine(String),
    /// zig, available as one package on all platforms.
    Zig,
    /// Android's NDK.
    AndroidNdk,
    /// valgrind with its headers.
    Valgrind,
}

/// MSYS2's pacman has its own packages.
const MSYS2: (&str, &str) = ("msys2", "pacman -S");

const MANAGERS: [(&str, &str); 9] = [
    ("apt-get", "apt-get install"),
    ("dnf", "dnf install"),
    ("pacman", "pacman -S"),
    ("apk", "apk add"),
    ("brew", "brew install"),
    ("winget", "winget install"),
    ("pkgin", "pkgin install"),
    ("pkgman", "pkgman install"),
    ("pkg", "pkg install"),
];

/// The usual package manager of an OS; `None` if there are many.
fn usual_manager(os: &str) -> Option<&'static str> {
    Some(match os {
        "linux" => "apt-get",
        "macos" => "brew",
        "windows" => "winget",
        "freebsd" | "dragonfly" | "solaris" => "pkg",
        "netbsd" => "pkgin",
        "haiku" => "pkgman",
        _ => return None,
    })
}

/// The command that installs `need` with the package manager found on `machine`, or the OS's usual
/// one if none is found; `None` if that manager has no such package.
pub fn install_command(machine: &dyn Machine, need: &Need) -> Option<String> {
    if *need == Need::CxxCompiler {
        // Compilers that come with the OS, not from its package manager.
        match machine.os() {
            // Each illumos distribution has a different package name.
            "illumos" => return None,
            "macos" => return Some("xcode-select --install".to_owned()),
            "openbsd" => return Some("install the set comp of OpenBSD".to_owned()),
            _ => {}
        }
    }
    let usual = usual_manager(machine.os());
    let windows = machine.os() == "windows";
    let manager = MANAGERS
        .into_iter()
        .find(|(program, _)| machine.find_program(program).is_some())
        .or_else(|| MANAGERS.into_iter().find(|(name, _)| Some(*name) == usual))
        .map(|found| match found.0 {
            "pacman" if windows && msys2(need).is_some() => MSYS2,
            "pacman" if windows => ("winget", "winget install"),
            _ => found,
        });
    if *need == Need::Zig && manager.is_none_or(|found| package(found.0, need).is_none()) {
        return Some(by_pip("ziglang", manager.map(|(name, _)| name), machine));
    }
    if *need == Need::AndroidNdk {
        // The SDK's own manager, on every OS.
        return Some("sdkmanager \"ndk;27.2.12479018\"".to_owned());
    }
    let (manager, command) = manager?;
    let name = package(manager, need)?;
    if manager == "apt-get" && debian::release_lacks(&name, machine) {
        return debian::instead(need, &name);
    }
    Some(format!("{command} {name}"))
}

/// Python packages work everywhere; Debian has pip as a separate package, and needs
/// `--break-system-packages`.
fn by_pip(name: &str, manager: Option<&str>, machine: &dyn Machine) -> String {
    if manager != Some("apt-get") {
        return format!("python3 -m pip install {name}");
    }
    let here = ["pip3", "pip"]
        .iter()
        .any(|pip| machine.find_program(pip).is_some());
    let first = if here {
        ""
    } else {
        "apt-get install python3-pip && "
    };
    format!("{first}python3 -m pip install --break-system-packages {name}")
}

fn package(manager: &str, need: &Need) -> Option<String> {
    if manager == MSYS2.0 {
        return msys2(need).map(str::to_owned);
    }
    let name = match (need, manager) {
        (Need::CxxCompiler, "apt-get" | "apk") => "g++",
        (Need::CxxCompiler, "dnf") => "gcc-c++",
        (Need::CxxCompiler, "pacman" | "brew" | "pkg" | "pkgman") => "gcc",
        (Need::CxxCompiler, "pkgin") => "clang",
        // By default this installer installs no compiler.
        (Need::CxxCompiler, "winget") => {
            "Microsoft.VisualStudio.2022.BuildTools --override \"--passive --add Microsoft.VisualStudio.Workload.VCTools --includeRecommended\""
        }
        (Need::Cmake, "winget") => "Kitware.CMake",
        (Need::Cmake, _) => "cmake",
        (Need::QemuUser, "apt-get" | "dnf") => "qemu-user",
        (Need::QemuUser, "pacman") => "qemu-user",
        (Need::QemuUser, _) => return None,
        (Need::GnuCross(prefix), "apt-get") => return Some(debian_cross(prefix)),
        // Fedora's cross compilers have no C library; Arch has these two.
        (Need::GnuCross(prefix), "pacman")
            if ["aarch64-linux-gnu", "riscv64-linux-gnu"].contains(&prefix.as_str()) =>
        {
            return Some(format!("{prefix}-gcc"));
        }
        (Need::GnuCross(_), _) => return None,
        (Need::Clang, "apt-get" | "dnf" | "pacman" | "apk") => "clang lld",
        (Need::Clang, "brew") => "llvm lld",
        (Need::Clang | Need::ClangCl, "winget") => "LLVM.LLVM",
        (Need::Clang, "pkgin") => "clang lld",
        (Need::Clang, "pkg") => "llvm",
        (Need::ClangCl, "apt-get") => "clang-tools lld llvm",
        (Need::ClangCl, "dnf" | "pacman") => "clang lld llvm",
        (Need::ClangCl, "brew") => "llvm lld",
        (Need::Mingw(cpu), "apt-get") => {
            return Some(format!("g++-mingw-w64-{}-posix", cpu.replace('_', "-")));
        }
        (Need::Mingw(cpu), "dnf") if cpu == "i686" => "mingw32-gcc-c++",
        (Need::Mingw(_), "dnf") => "mingw64-gcc-c++",
        (Need::Mingw(_), "pacman" | "apk") => "mingw-w64-gcc",
        (Need::Mingw(_), "brew") => "mingw-w64",
        (Need::Mingw(_), "winget") => {
            let package = msys2(need)?;
            return Some(format!(
                "MSYS2.MSYS2, and in its shell: pacman -S {package}"
            ));
        }
        (Need::MingwLlvm, "winget") => "MartinStorsjo.LLVM-MinGW.UCRT",
        (Need::Wine(arch), "apt-get") if arch == "x86" => "wine32:i386",
        (Need::Wine(_), "apt-get") => "wine64",
        (Need::Wine(_), "dnf" | "pacman" | "apk") => "wine",
        (Need::Wine(_), "brew") => "--cask wine-stable",
        (Need::Valgrind, "dnf") => "valgrind-devel",
        (Need::Valgrind, "apt-get" | "pacman" | "pkg") => "valgrind",
        (Need::Valgrind, "apk") => "valgrind-dev",
        (Need::Zig, "dnf" | "pacman" | "apk" | "brew" | "pkg") => "zig",
        _ => return None,
    };
    Some(name.to_owned())
}

/// MSYS2's package, in the environment where [`find`](crate::find) looks for it first.
fn msys2(need: &Need) -> Option<&'static str> {
    Some(match need {
        Need::Mingw(cpu) if cpu == "i686" => "mingw-w64-i686-gcc",
        Need::Mingw(_) => "mingw-w64-ucrt-x86_64-gcc",
        Need::MingwLlvm => "mingw-w64-clang-x86_64-clang",
        Need::Cmake => "mingw-w64-ucrt-x86_64-cmake",
        _ => return None,
    })
}

/// Debian's package names have no underscores.
fn debian_cross(prefix: &str) -> String {
    format!("g++-{}", prefix.replace('_', "-"))
}

#[cfg(test)]
mod tests {
    use super::{Need, install_command};
    use crate::FakeMachine;

    #[test]
    fn install_commands_follow_the_package_manager() {
        let with = |manager: &str| {
            FakeMachine::new("linux", "x86_64")
                .with_var("PATH", "/usr/bin")
                .with_file(format!("/usr/bin/{manager}"), "")
        };
        let cross = Need::GnuCross("aarch64-linux-gnu".to_owned());
        for (manager, compiler, gnu_cross) in [
            (
                "apt-get",
                "apt-get install g++",
                Some("apt-get install g++-aarch64-linux-gnu"),
            ),
            ("dnf", "dnf install gcc-c++", None),
            (
                "pacman",
                "pacman -S gcc",
                Some("pacman -S aarch64-linux-gnu-gcc"),
            ),
            ("apk", "apk add g++", None),
        ] {
            let machine = with(manager);
            assert_eq!(
                install_command(&machine, &Need::CxxCompiler).as_deref(),
                Some(compiler)
            );
            assert_eq!(install_command(&machine, &cross).as_deref(), gnu_cross);
        }
    }

    #[test]
    fn os_default_package_manager_is_used_if_none_is_in_path() {
        for (os, expected) in [
            ("linux", Some("apt-get install g++")),
            ("macos", Some("xcode-select --install")),
            ("freebsd", Some("pkg install gcc")),
            ("netbsd", Some("pkgin install clang")),
            ("haiku", Some("pkgman install gcc")),
            ("illumos", None),
            ("aix", None),
        ] {
            let machine = FakeMachine::new(os, "x86_64");
            let line = install_command(&machine, &Need::CxxCompiler);
            assert_eq!(line.as_deref(), expected, "{os}");
        }
        let windows = FakeMachine::new("windows", "x86_64");
        let line = install_command(&windows, &Need::CxxCompiler).unwrap();
        assert!(line.contains("Workload.VCTools"), "{line}");
    }

    #[test]
    fn zig_install_includes_missing_pip() {
        const ZIG: &str = "python3 -m pip install --break-system-packages ziglang";
        let first = format!("apt-get install python3-pip && {ZIG}");
        for (os, programs, expected) in [
            ("linux", &["apt-get"][..], first.as_str()),
            ("linux", &["apt-get", "python3"], &first),
            ("linux", &["apt-get", "python3", "pip3"], ZIG),
            ("linux", &["apt-get", "python3", "pip"], ZIG),
            ("linux", &[], &first),
            ("linux", &["dnf"], "dnf install zig"),
            ("netbsd", &[], "python3 -m pip install ziglang"),
        ] {
            let bare = FakeMachine::new(os, "x86_64").with_var("PATH", "/usr/bin");
            let machine = programs.iter().fold(bare, |machine, name| {
                machine.with_file(format!("/usr/bin/{name}"), "")
            });
            let line = install_command(&machine, &Need::Zig);
            assert_eq!(line.as_deref(), Some(expected), "{os}: {programs:?}");
        }
    }

    #[test]
    fn pacman_on_windows_is_msys2() {
        let gcc = Need::Mingw("x86_64".to_owned());
        let bare = FakeMachine::new("windows", "x86_64").with_var("PATH", "C:/bin");
        assert_eq!(
            install_command(&bare, &gcc).as_deref(),
            Some(
                "winget install MSYS2.MSYS2, and in its shell: pacman -S mingw-w64-ucrt-x86_64-gcc"
            )
        );
        let shell = bare.with_file("C:/bin/pacman.exe", "");
        assert_eq!(
            install_command(&shell, &gcc).as_deref(),
            Some("pacman -S mingw-w64-ucrt-x86_64-gcc")
        );
        let studio = install_command(&shell, &Need::CxxCompiler).unwrap();
        assert!(studio.starts_with("winget install Microsoft"), "{studio}");
    }
}
