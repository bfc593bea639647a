//! Three machines with what their users plausibly have installed.

use snmalloc_toolchains::{Compiler, FakeMachine, Output, Target};

/// A machine, and the target of its own programs.
pub struct Host {
    pub name: &'static str,
    pub triple: &'static str,
    pub machine: FakeMachine,
}

pub fn all() -> [Host; 3] {
    [
        Host {
            name: "linux",
            triple: "x86_64-unknown-linux-gnu",
            machine: linux(),
        },
        Host {
            name: "macos",
            triple: "aarch64-apple-darwin",
            machine: macos(),
        },
        Host {
            name: "windows",
            triple: "x86_64-pc-windows-msvc",
            machine: windows(),
        },
    ]
}

fn says(text: &str) -> Output {
    Output {
        success: true,
        stdout: text.to_owned(),
        stderr: text.to_owned(),
    }
}

fn with_programs(machine: FakeMachine, dir: &str, names: &[&str]) -> FakeMachine {
    names.iter().fold(machine, |machine, name| {
        machine.with_file(format!("{dir}/{name}"), "")
    })
}

/// Debian with its cross compilers, Wine, zig, an unpacked Windows SDK, Android's NDK
/// and OpenHarmony's.
fn linux() -> FakeMachine {
    let mut machine = FakeMachine::new("linux", "x86_64")
        .with_var("PATH", "/usr/bin")
        .with_var("HOME", "/home/me")
        .with_var("OHOS_NDK_HOME", "/opt/ohos/native")
        .with_var("XWIN_DIR", "/opt/xwin")
        .with_program(
            "/usr/bin/cmake",
            "--version",
            says("cmake version 3.25.1\n"),
        );
    machine = with_programs(
        machine,
        "/usr/bin",
        &[
            "apt-get", "ninja", "c++", "g++", "clang", "clang++", "ld.lld", "clang-cl", "lld-link",
            "llvm-lib", "wine64", "zig",
        ],
    );
    for prefix in [
        "aarch64-linux-gnu",
        "arm-linux-gnueabi",
        "arm-linux-gnueabihf",
        "i686-linux-gnu",
        "loongarch64-linux-gnu",
        "powerpc-linux-gnu",
        "powerpc64-linux-gnu",
        "powerpc64le-linux-gnu",
        "riscv64-linux-gnu",
        "s390x-linux-gnu",
        "sparc64-linux-gnu",
        "x86_64-linux-gnux32",
    ] {
        machine = machine
            .with_file(format!("/usr/bin/{prefix}-g++"), "")
            .with_file(format!("/usr/bin/{prefix}-gcc"), "")
            .with_file(format!("/usr/{prefix}/lib/libc.so.6"), "");
    }
    for cpu in ["i686", "x86_64"] {
        for tool in ["g++-posix", "gcc-posix"] {
            machine = machine.with_program(
                format!("/usr/bin/{cpu}-w64-mingw32-{tool}"),
                "-v",
                says("Thread model: posix\n"),
            );
        }
    }
    for qemu in [
        "aarch64", "arm", "i386", "ppc", "ppc64", "ppc64le", "riscv64", "s390x", "sparc64",
    ] {
        machine = machine.with_file(format!("/usr/bin/qemu-{qemu}"), "");
    }
    for arch in ["aarch64", "x86", "x86_64"] {
        machine = machine
            .with_file(format!("/opt/xwin/crt/lib/{arch}/msvcrt.lib"), "")
            .with_file(format!("/opt/xwin/sdk/lib/ucrt/{arch}/ucrt.lib"), "")
            .with_file(format!("/opt/xwin/sdk/lib/um/{arch}/mincore.lib"), "");
    }
    machine = machine.with_file("/opt/xwin/crt/include/vcruntime.h", "");
    machine = with_programs(machine, "/opt/ohos/native/llvm/bin", &["clang", "clang++"]);
    android(machine, "/opt/android-ndk", "linux-x86_64", "")
}

/// A Mac with Xcode, Homebrew's LLVM, mingw-w64 and zig, and Android Studio's NDK.
fn macos() -> FakeMachine {
    let mut machine = FakeMachine::new("macos", "aarch64")
        .with_var("PATH", "/opt/homebrew/bin:/usr/bin")
        .with_var("HOME", "/Users/me")
        .with_program(
            "/opt/homebrew/bin/cmake",
            "--version",
            says("cmake version 4.1.2\n"),
        );
    machine = with_programs(machine, "/usr/bin", &["c++", "clang++", "clang", "make"]);
    machine = with_programs(
        machine,
        "/opt/homebrew/bin",
        &["brew", "ninja", "zig", "ld.lld"],
    );
    for cpu in ["i686", "x86_64"] {
        for tool in ["g++", "gcc"] {
            machine = machine.with_program(
                format!("/opt/homebrew/bin/{cpu}-w64-mingw32-{tool}"),
                "-v",
                says("Thread model: posix\n"),
            );
        }
    }
    let xcode = "/Applications/Xcode.app/Contents/Developer";
    for (sdk, platform) in [
        ("macosx", "MacOSX"),
        ("iphoneos", "iPhoneOS"),
        ("iphonesimulator", "iPhoneSimulator"),
        ("appletvos", "AppleTVOS"),
        ("appletvsimulator", "AppleTVSimulator"),
        ("watchos", "WatchOS"),
        ("watchsimulator", "WatchSimulator"),
        ("xros", "XROS"),
        ("xrsimulator", "XRSimulator"),
    ] {
        let root = format!("{xcode}/Platforms/{platform}.platform/Developer/SDKs/{platform}.sdk\n");
        let clang = format!("{xcode}/Toolchains/XcodeDefault.xctoolchain/usr/bin/clang++\n");
        machine = machine
            .with_program("/usr/bin/xcrun", &format!("{sdk} --find"), says(&clang))
            .with_program("/usr/bin/xcrun", &format!("{sdk} --show"), says(&root));
    }
    let ndk = "/Users/me/Library/Android/sdk/ndk/27.2.12479018";
    android(machine, ndk, "darwin-x86_64", "")
}

/// Windows with Visual Studio, MSYS2's compilers, zig and Android Studio's NDK.
fn windows() -> FakeMachine {
    let installer = "C:/Program Files (x86)/Microsoft Visual Studio/Installer/vswhere.exe";
    let studio = "C:/Program Files/Microsoft Visual Studio/2022/Community";
    let mut machine = FakeMachine::new("windows", "x86_64")
        .with_var("PATH", "C:/bin;C:/zig")
        .with_var("LOCALAPPDATA", "C:/Users/me/AppData/Local")
        .with_program(
            "C:/bin/cmake.exe",
            "--version",
            says("cmake version 3.31.6\n"),
        )
        .with_program(installer, "", says(&format!("{studio}\r\n")))
        .with_file(
            format!("{studio}/VC/Auxiliary/Build/Microsoft.VCToolsVersion.default.txt"),
            "14.44.35207\r\n",
        );
    machine = with_programs(machine, "C:/bin", &["winget.exe", "ninja.exe"]);
    machine = with_programs(machine, "C:/zig", &["zig.exe"]);
    for (dir, name) in [("x64", "x64"), ("x86", "x86"), ("arm64", "ARM64")] {
        let banner =
            format!("Microsoft (R) C/C++ Optimizing Compiler Version 19.44.35207 for {name}");
        let bin = format!("{studio}/VC/Tools/MSVC/14.44.35207/bin/Hostx64/{dir}");
        machine = machine.with_program(format!("{bin}/cl.exe"), "", says(&banner));
    }
    for (environment, cxx, c) in [
        ("ucrt64", "g++.exe", "gcc.exe"),
        ("mingw32", "g++.exe", "gcc.exe"),
        ("clang64", "clang++.exe", "clang.exe"),
        ("clangarm64", "clang++.exe", "clang.exe"),
    ] {
        let bin = format!("C:/msys64/{environment}/bin");
        machine = machine
            .with_program(format!("{bin}/{cxx}"), "-v", says("Thread model: posix\n"))
            .with_file(format!("{bin}/{c}"), "");
    }
    let ndk = "C:/Users/me/AppData/Local/Android/Sdk/ndk/27.2.12479018";
    android(machine, ndk, "windows-x86_64", ".cmd")
}

/// An NDK as Google lays it out.
fn android(machine: FakeMachine, root: &str, host_tag: &str, script: &str) -> FakeMachine {
    let bin = format!("{root}/toolchains/llvm/prebuilt/{host_tag}/bin");
    let exe = if script.is_empty() { "" } else { ".exe" };
    let mut machine = machine
        .with_var("ANDROID_NDK", root)
        .with_file(
            format!("{root}/source.properties"),
            "Pkg.Desc = Android NDK\nPkg.Revision = 27.2.12479018\n",
        )
        .with_file(format!("{root}/build/cmake/android.toolchain.cmake"), "")
        .with_file(
            format!("{root}/toolchains/llvm/prebuilt/{host_tag}/sysroot/usr/include/stdio.h"),
            "",
        );
    for tool in ["clang", "clang++", "llvm-ar"] {
        machine = machine.with_file(format!("{bin}/{tool}{exe}"), "");
    }
    for cpu in [
        "aarch64-linux-android",
        "armv7a-linux-androideabi",
        "i686-linux-android",
        "x86_64-linux-android",
    ] {
        for level in 21..=35 {
            for tool in ["clang", "clang++"] {
                let name = format!("{bin}/{cpu}{level}-{tool}");
                machine = machine.with_file(format!("{name}{script}"), "");
            }
        }
    }
    machine
}

/// The same machine, where `compiler` answers as one of today for `target` would.
pub fn answering(machine: &FakeMachine, compiler: &Compiler, target: &Target) -> FakeMachine {
    let command = compiler.command();
    let who = if command.contains("clang") || command.contains("zig") {
        "clang 19 1"
    } else {
        "gnu 14 2"
    };
    let mut identity = format!("snmalloc_probe: {who}\nsnmalloc_arch: {}\n", target.arch);
    if ["linux", "android"].contains(&target.os.as_str()) {
        identity
            .push_str("snmalloc_has: futex\nsnmalloc_has: random\nsnmalloc_has: thread_atexit\n");
    }
    let program = &compiler.program;
    let answer = says(&identity);
    machine
        .clone()
        .with_program(program, "-E", answer)
        .with_program(program, "-c ", says(""))
}
