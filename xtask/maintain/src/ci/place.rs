//! The machines of the pipelines, and the check whether this is one.

use snmalloc_toolchains::{Machine, Target, Toolchain, find};

/// A machine that a job needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Linux,
    LinuxArm,
    /// Linux with the Android SDK and an NDK.
    Android,
    /// Like `Android`, with a running x86-64 emulator.
    Emulator,
    Mac,
    MacIntel,
    Windows,
    WindowsArm,
    /// Windows with an MSYS2 environment.
    Msys(&'static str),
    FreeBsd,
    NetBsd,
    OpenBsd,
}

impl Place {
    /// GitHub's label for the runner that the job is started on; the BSDs run in a virtual
    /// machine on it.
    pub fn runner(self) -> &'static str {
        match self {
            Self::LinuxArm => "ubuntu-24.04-arm",
            Self::Mac => "macos-15",
            Self::MacIntel => "macos-15-intel",
            Self::WindowsArm | Self::Msys("CLANGARM64") => "windows-11-arm",
            Self::Windows | Self::Msys(_) => "windows-2025",
            _ => "ubuntu-24.04",
        }
    }

    /// The MSYS2 environment whose tools come first in PATH.
    pub const fn msystem(self) -> Option<&'static str> {
        match self {
            Self::Msys(name) => Some(name),
            _ => None,
        }
    }

    /// Describes the machine for people.
    pub fn description(self) -> String {
        match self {
            Self::Linux => "Linux on x86-64".to_owned(),
            Self::LinuxArm => "Linux on AArch64".to_owned(),
            Self::Android => "Linux on x86-64 with an Android NDK (ANDROID_NDK)".to_owned(),
            Self::Emulator => "Linux on x86-64 with an Android NDK (ANDROID_NDK) and an \
                               emulator of x86-64 that `adb devices` lists"
                .to_owned(),
            Self::Mac => "macOS on Apple silicon".to_owned(),
            Self::MacIntel => "macOS on Intel".to_owned(),
            Self::Windows => "Windows on x86-64 with Visual Studio".to_owned(),
            Self::WindowsArm => "Windows on ARM64 with Visual Studio".to_owned(),
            Self::Msys(name) => format!("Windows with MSYS2's {name} first on PATH"),
            Self::FreeBsd => "FreeBSD on x86-64".to_owned(),
            Self::NetBsd => "NetBSD on x86-64".to_owned(),
            Self::OpenBsd => "OpenBSD on x86-64".to_owned(),
        }
    }

    /// Returns true if this machine, whose own target is `host`, is one. The steps report missing
    /// tools.
    pub fn is_here(self, host: &str, machine: &dyn Machine) -> bool {
        let is = |arch: &str, os: &str| machine.arch() == arch && machine.os() == os;
        match self {
            Self::Linux => is("x86_64", "linux"),
            Self::LinuxArm => is("aarch64", "linux"),
            Self::Android => is("x86_64", "linux") && android(host, machine).is_some(),
            Self::Emulator => android(host, machine).is_some_and(|found| found.runner.is_ok()),
            Self::Mac => is("aarch64", "macos"),
            Self::MacIntel => is("x86_64", "macos"),
            Self::Windows => is("x86_64", "windows"),
            Self::WindowsArm => is("aarch64", "windows"),
            Self::Msys(name) => {
                machine.os() == "windows" && machine.var("MSYSTEM").as_deref() == Some(name)
            }
            Self::FreeBsd => is("x86_64", "freebsd"),
            Self::NetBsd => is("x86_64", "netbsd"),
            Self::OpenBsd => is("x86_64", "openbsd"),
        }
    }
}

/// The toolchain for Android's emulators.
fn android(host: &str, machine: &dyn Machine) -> Option<Toolchain> {
    let target = Target::from_triple("x86_64-linux-android")?;
    find::toolchain(&target, host, machine).ok()
}

#[cfg(test)]
mod tests {
    use super::Place;
    use snmalloc_toolchains::FakeMachine;

    #[test]
    fn machine_is_matched_by_os_cpu_and_tools() {
        let linux = FakeMachine::new("linux", "x86_64");
        let windows = || FakeMachine::new("windows", "x86_64");
        let here = |place: Place, machine: &FakeMachine| {
            place.is_here("x86_64-unknown-linux-gnu", machine)
        };
        assert!(here(Place::Linux, &linux));
        for elsewhere in [
            Place::LinuxArm,
            Place::Android,
            Place::Emulator,
            Place::Mac,
            Place::Windows,
            Place::FreeBsd,
        ] {
            assert!(!here(elsewhere, &linux), "{elsewhere:?}");
        }
        assert!(here(Place::Windows, &windows()));
        let ucrt = windows().with_var("MSYSTEM", "UCRT64");
        assert!(here(Place::Msys("UCRT64"), &ucrt));
        assert!(!here(Place::Msys("CLANG64"), &ucrt));
        assert!(!here(Place::Msys("UCRT64"), &windows()));
    }
}
