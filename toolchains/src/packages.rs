// SPDX-License-Identifier: MIT
//! The command that installs something, in the words of this system's package manager.

use crate::Machine;

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
    /// A mingw-w64 GCC with posix threads; its processor: `x86_64`, `i686`.
    Mingw(String),
    /// A mingw-w64 toolchain of LLVM's.
    MingwLlvm,
    /// Wine.
    Wine,
    /// zig, which has one package that all systems can install.
    Zig,
    /// Android's NDK.
    AndroidNdk,
}

const MANAGERS: [(&str, &str); 6] = [
    ("apt-get", "apt-get install"),
    ("dnf", "dnf install"),
    ("pacman", "pacman -S"),
    ("apk", "apk add"),
    ("brew", "brew install"),
    ("winget", "winget install"),
];

/// The line that installs `need` with the package manager found on `machine`
/// (Debian's where none is found); `None` where that manager has no such package.
pub fn install_line(machine: &dyn Machine, need: &Need) -> Option<String> {
    if *need == Need::Zig {
        return Some("pip install ziglang".to_owned());
    }
    let (manager, command) = MANAGERS
        .into_iter()
        .find(|(program, _)| machine.find_program(program).is_some())
        .unwrap_or(MANAGERS[0]);
    if *need == Need::AndroidNdk && manager != "brew" {
        // The SDK's own manager, on every system.
        return Some("sdkmanager \"ndk;27.2.12479018\"".to_owned());
    }
    package(manager, need).map(|name| format!("{command} {name}"))
}

fn package(manager: &str, need: &Need) -> Option<String> {
    let name = match (need, manager) {
        (Need::CxxCompiler, "apt-get" | "apk") => "g++",
        (Need::CxxCompiler, "dnf") => "gcc-c++",
        (Need::CxxCompiler, "pacman" | "brew") => "gcc",
        (Need::CxxCompiler, "winget") => "Microsoft.VisualStudio.2022.BuildTools",
        (Need::Cmake, "winget") => "Kitware.CMake",
        (Need::Cmake, _) => "cmake",
        (Need::QemuUser, "apt-get" | "dnf") => "qemu-user",
        (Need::QemuUser, "pacman") => "qemu-user",
        (Need::QemuUser, _) => return None,
        (Need::GnuCross(prefix), "apt-get") => return Some(debian_cross(prefix)),
        (Need::GnuCross(prefix), "dnf") => return Some(format!("gcc-c++-{prefix}")),
        (Need::GnuCross(prefix), "pacman") => return Some(format!("{prefix}-gcc")),
        (Need::GnuCross(_), _) => return None,
        (Need::Mingw(cpu), "apt-get") => {
            return Some(format!("g++-mingw-w64-{}-posix", cpu.replace('_', "-")));
        }
        (Need::Mingw(cpu), "dnf") if cpu == "i686" => "mingw32-gcc-c++",
        (Need::Mingw(_), "dnf") => "mingw64-gcc-c++",
        (Need::Mingw(_), "pacman" | "brew" | "apk") => "mingw-w64-gcc",
        (Need::MingwLlvm, "winget") => "MartinStorsjo.LLVM-MinGW.UCRT",
        (Need::AndroidNdk, "brew") => "--cask android-ndk",
        (Need::Wine, "apt-get") => "wine64",
        (Need::Wine, "dnf" | "pacman" | "apk") => "wine",
        _ => return None,
    };
    Some(name.to_owned())
}

/// Debian names packages by its own architecture spelling: no underscores.
fn debian_cross(prefix: &str) -> String {
    format!("g++-{}", prefix.replace('_', "-"))
}

#[cfg(test)]
mod tests {
    use super::{Need, install_line};
    use crate::DescribedMachine;

    #[test]
    fn lines_follow_the_package_manager() {
        let with = |manager: &str| {
            DescribedMachine::new("linux", "x86_64")
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
            (
                "dnf",
                "dnf install gcc-c++",
                Some("dnf install gcc-c++-aarch64-linux-gnu"),
            ),
            (
                "pacman",
                "pacman -S gcc",
                Some("pacman -S aarch64-linux-gnu-gcc"),
            ),
            ("apk", "apk add g++", None),
        ] {
            let machine = with(manager);
            assert_eq!(
                install_line(&machine, &Need::CxxCompiler).as_deref(),
                Some(compiler)
            );
            assert_eq!(install_line(&machine, &cross).as_deref(), gnu_cross);
        }
    }
}
