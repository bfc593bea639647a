// SPDX-License-Identifier: MIT
//! Android: the NDK's compiler, linker, archiver and CMake toolchain file, all from one resolution.

mod ndk;
mod platform;

use std::path::{Path, PathBuf};

use crate::toolchain::{Origin, Tool};
use crate::{Compiler, Error, Machine, Target, vars};
use ndk::Ndk;

/// The NDK's names of a target.
struct Abi {
    /// The ABI name in apps and for the CMake toolchain file.
    name: &'static str,
    /// Prefix of the compilers' names.
    compiler: &'static str,
    /// The sysroot's library directory.
    libraries: &'static str,
    /// The first version of Android that Rust's std supports.
    oldest: u32,
}

/// `None` if Android doesn't run on that CPU, or no longer does.
fn abi(target: &Target) -> Option<Abi> {
    let (name, compiler, libraries, oldest) = match target.arch.as_str() {
        "aarch64" => same("arm64-v8a", "aarch64-linux-android", 21),
        "x86_64" => same("x86_64", "x86_64-linux-android", 21),
        "x86" => same("x86", "i686-linux-android", 21),
        "riscv64" => same("riscv64", "riscv64-linux-android", 35),
        "arm" => (
            "armeabi-v7a",
            "armv7a-linux-androideabi",
            "arm-linux-androideabi",
            21,
        ),
        _ => return None,
    };
    Some(Abi {
        name,
        compiler,
        libraries,
        oldest,
    })
}

fn same(
    abi: &'static str,
    triple: &'static str,
    oldest: u32,
) -> (&'static str, &'static str, &'static str, u32) {
    (abi, triple, triple, oldest)
}

/// The ABI name that devices report for a target's programs.
pub(super) fn abi_name(target: &Target) -> Option<&'static str> {
    abi(target).map(|abi| abi.name)
}

/// The NDK and its parts for one target.
struct Found {
    ndk: Ndk,
    abi: Abi,
    level: u32,
    /// `toolchains/llvm/prebuilt/<host>`.
    prebuilt: PathBuf,
    notes: Vec<String>,
}

fn resolve(target: &Target, machine: &dyn Machine) -> Result<Found, Error> {
    let abi = abi(target).ok_or_else(|| {
        Error::new(format!("the NDK makes no code for {}", target.arch))
            .searched("its ABIs: arm64-v8a, armeabi-v7a, x86, x86_64, riscv64")
    })?;
    let ndk = ndk::find(target, machine)?;
    let mut notes = ndk.notes.clone();
    let prebuilt = ndk.prebuilt(machine, &mut notes)?;
    let level = platform::choose(&ndk, &prebuilt, &abi, target, machine, &mut notes)?;
    if target.cpu() == "arm" {
        notes.push(format!(
            "{} is compiled for ARMv7: no NDK since r17 knows an older ARM",
            target.triple
        ));
    }
    Ok(Found {
        ndk,
        abi,
        level,
        prebuilt,
        notes,
    })
}

impl Found {
    /// A compiler with OS, version and CPU in its name.
    fn wrapper(&self, program: &str, machine: &dyn Machine) -> PathBuf {
        self.prebuilt.join("bin").join(format!(
            "{}{}-{program}{}",
            self.abi.compiler,
            self.level,
            platform::script_suffix(machine)
        ))
    }
}

pub(super) fn compiler(target: &Target, machine: &dyn Machine) -> Result<Compiler, Error> {
    let found = resolve(target, machine)?;
    let mut cmake = vec![
        ("ANDROID_ABI".to_owned(), found.abi.name.to_owned()),
        (
            "ANDROID_PLATFORM".to_owned(),
            format!("android-{}", found.level),
        ),
        // Not `none`, which removes the C++ headers too; no library is linked into an archive.
        ("ANDROID_STL".to_owned(), "c++_static".to_owned()),
    ];
    // A user's own toolchain file is kept, and needs the same settings.
    if !has_toolchain_file(target, machine) {
        let file = found.ndk.root.join("build/cmake/android.toolchain.cmake");
        if !machine.is_file(&file) {
            return Err(
                Error::new(format!("the NDK {} is incomplete", found.ndk.describe()))
                    .searched(format!("{} (not there)", file.display()))
                    .fix("install it again"),
            );
        }
        let file = file.display().to_string().replace('\\', "/");
        cmake.push((CMAKE_TOOLCHAIN_FILE.to_owned(), file));
    }
    Ok(Compiler {
        origin: Origin::Ndk,
        cmake,
        notes: found.notes.clone(),
        ..Compiler::found(found.wrapper("clang++", machine))
    })
}

const CMAKE_TOOLCHAIN_FILE: &str = "CMAKE_TOOLCHAIN_FILE";

fn has_toolchain_file(target: &Target, machine: &dyn Machine) -> bool {
    vars::lookup(machine, CMAKE_TOOLCHAIN_FILE, target, true).is_some()
}

/// CMake definitions if a variable names the compiler, as cargo-ndk's do.
pub(super) fn cmake_for_named(target: &Target, machine: &dyn Machine) -> Vec<(String, String)> {
    let word = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    if !has_toolchain_file(target, machine) {
        // With `Android`, CMake would look for an NDK and ignore the given compiler.
        return vec![
            word("CMAKE_SYSTEM_NAME", "Linux"),
            word("CMAKE_SYSTEM_PROCESSOR", target.cpu()),
        ];
    }
    // The NDK's defaults are 32-bit ARM and its oldest Android.
    let mut words = vec![
        word("ANDROID_ABI", abi(target).map_or("", |abi| abi.name)),
        word("ANDROID_STL", "c++_static"),
    ];
    if let Some((_, value)) = platform::wanted(target, machine) {
        let level = platform::number(&value).map_or(value, |level| format!("android-{level}"));
        words.push(word("ANDROID_PLATFORM", &level));
    }
    words
}

/// The NDK's C compiler.
pub(super) fn c_compiler(target: &Target, machine: &dyn Machine) -> Option<Tool> {
    let found = resolve(target, machine).ok()?;
    Some(Tool::plain(found.wrapper("clang", machine)))
}

/// Links with the C compiler; its linker is lld since r22.
pub(super) fn linker(target: &Target, machine: &dyn Machine) -> Option<Tool> {
    let mut tool = c_compiler(target, machine)?;
    // 64-bit devices may have pages of 16 KiB. rustc's targets don't set this, and the NDK's clang
    // only since r28.
    if target.pointer_width == 64 {
        tool.args.push("-Wl,-z,max-page-size=16384".to_owned());
    }
    Some(tool)
}

/// The archiver next to one of the NDK's compilers.
pub(super) fn archiver(compiler: &Path, machine: &dyn Machine) -> Option<Tool> {
    let bin = compiler.parent()?;
    ["llvm-ar", "llvm-ar.exe"]
        .iter()
        .map(|name| bin.join(name))
        .find(|file| machine.is_file(file))
        .map(Tool::plain)
}

/// The triple for a clang of any origin. Without a version, the headers would declare functions
/// that no device has yet.
pub(crate) fn clang_triple(target: &Target, machine: &dyn Machine) -> Option<String> {
    let abi = abi(target).filter(|_| target.os == "android")?;
    let level = platform::wanted(target, machine)
        .and_then(|(_, value)| platform::number(&value))
        .unwrap_or(abi.oldest);
    Some(format!("{}{level}", abi.compiler))
}

/// Android Studio's default path of the SDK, which contains adb.
pub(super) fn default_sdk(machine: &dyn Machine) -> Option<PathBuf> {
    Some(ndk::default_sdk(machine)?.1)
}

/// The directory of the C++ library that apps share, for `compiler`.
///
/// # Errors
/// The library is neither in the NDK nor in the compiler's search path.
pub fn shared_std(
    target: &Target,
    compiler: &Compiler,
    machine: &dyn Machine,
) -> Result<PathBuf, Error> {
    const FILE: &str = "libc++_shared.so";
    let missing = Error::new(format!("there is no {FILE} for {}", target.triple));
    let in_sysroot = compiler
        .program
        .parent()
        .and_then(Path::parent)
        .zip(abi(target))
        .map(|(prebuilt, abi)| {
            let dir = prebuilt.join("sysroot/usr/lib").join(abi.libraries);
            dir.join(FILE)
        });
    match in_sysroot {
        Some(file) if machine.is_file(&file) => return Ok(file),
        Some(file) if compiler.origin == Origin::Ndk => {
            return Err(missing
                .searched(format!("{} (not there)", file.display()))
                .fix("install the NDK again"));
        }
        _ => {}
    }
    // Other compilers know their own directories; they echo the name if the file doesn't exist.
    let flags = vars::cxxflags(machine, target, true);
    let mut args = [compiler.args.clone(), flags].concat();
    args.push(format!("-print-file-name={FILE}"));
    let output = machine.run(&compiler.program, &args, "");
    let file =
        PathBuf::from(output.map_or(String::new(), |output| output.stdout.trim().to_owned()));
    if file.parent().is_some_and(|dir| dir != Path::new("")) && machine.is_file(&file) {
        return Ok(file);
    }
    Err(missing
        .searched(format!("where {} finds libraries", compiler.command()))
        .fix("turn feature android-shared-std off: the allocator needs no C++ library"))
}

#[cfg(all(test, unix))]
mod tests;
