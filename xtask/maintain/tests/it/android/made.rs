//! A fake NDK: the layout of a real one, with this machine's clang in its wrappers, and
//! stand-ins for Android's headers. Its compilers make real Android objects; its C libraries
//! are empty.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::needs::Need;
use crate::support::{Run, machine, script};

/// The tools that it is made from.
pub const NEEDS: [Need; 4] = [
    Need::Compiler("clang++"),
    Need::Compiler("clang"),
    Need::Compiler("ld.lld"),
    Need::Compiler("llvm-ar"),
];

const HEADERS: [&str; 21] = [
    "errno",
    "fcntl",
    "linux/futex",
    "linux/random",
    "pthread",
    "sched",
    "signal",
    "stdio",
    "stdlib",
    "string",
    "strings",
    "sys/mman",
    "sys/prctl",
    "sys/resource",
    "sys/random",
    "sys/syscall",
    "sys/types",
    "sys/uio",
    "syscall",
    "time",
    "unistd",
];

/// The part of a real `android.toolchain.cmake` that matters here. The real one sets the
/// system name Android, for which CMake requires more of the NDK.
const TOOLCHAIN_FILE: &str = r#"
get_filename_component(bin "${CMAKE_CURRENT_LIST_DIR}/../../toolchains/llvm/prebuilt/linux-x86_64/bin" ABSOLUTE)
set(arm64-v8a aarch64-linux-android)
set(armeabi-v7a armv7a-linux-androideabi)
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES ANDROID_ABI ANDROID_PLATFORM)
string(REPLACE "android-" "" level "${ANDROID_PLATFORM}")
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_CXX_COMPILER "${bin}/clang++")
set(CMAKE_CXX_COMPILER_TARGET "${${ANDROID_ABI}}${level}")
set(CMAKE_AR "${bin}/llvm-ar")
set(CMAKE_CXX_FLAGS "-g -fstack-protector-strong -DANDROID ${CMAKE_CXX_FLAGS}")
"#;

/// The compiler's runtime library.
const BUILTINS: &str = "libclang_rt.builtins-aarch64-android.a";

pub struct Ndk {
    pub root: PathBuf,
}

impl Ndk {
    /// Makes an NDK, with a space in its path.
    pub fn make(dir: &Path) -> Self {
        let root = dir.join("made ndk");
        let ndk = Self { root };
        let write = |path: PathBuf, text: &str| {
            fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
            fs::write(path, text).expect("a file");
        };
        write(
            ndk.root.join("source.properties"),
            "Pkg.Desc = Android NDK\nPkg.Revision = 26.1.10909125\n",
        );
        let toolchain_file = ndk.root.join("build/cmake/android.toolchain.cmake");
        write(toolchain_file, TOOLCHAIN_FILE);
        let include = ndk.prebuilt().join("sysroot/usr/include");
        write(include.join("stand_in.h"), include_str!("stand_in.h"));
        for header in HEADERS {
            write(
                include.join(format!("{header}.h")),
                "#include <stand_in.h>\n",
            );
        }
        // snmalloc includes it before Android 9, and uses nothing from it.
        write(
            include.join("random"),
            "namespace std { struct random_device { unsigned operator()(); }; }\n",
        );
        let bin = ndk.prebuilt().join("bin");
        let libraries = ndk.prebuilt().join("sysroot/usr/lib/aarch64-linux-android");
        for program in ["clang", "clang++"] {
            let call = |target: &str| {
                format!(
                    "case \"$*\" in *-print-libgcc-file-name*) echo '{}/{BUILTINS}'; exit;; esac\n\
                     exec {program} {target} --start-no-unused-arguments -fuse-ld=lld -nostdlib \
                     -nostdlibinc -L'{}' -Wl,--unresolved-symbols=ignore-all \
                     --end-no-unused-arguments -isystem '{}' \"$@\"",
                    libraries.display(),
                    libraries.display(),
                    include.display()
                )
            };
            script(&bin.join(program), &call(""));
            for target in ["aarch64-linux-android", "armv7a-linux-androideabi"] {
                for level in [21, 24, 28, 34] {
                    let name = bin.join(format!("{target}{level}-{program}"));
                    script(&name, &call(&format!("--target={target}{level}")));
                }
            }
        }
        std::os::unix::fs::symlink(machine::program("llvm-ar"), bin.join("llvm-ar"))
            .expect("a link");
        ndk
    }

    pub fn prebuilt(&self) -> PathBuf {
        self.root.join("toolchains/llvm/prebuilt/linux-x86_64")
    }

    /// Adds empty copies of the libraries that Rust's std links, so that whole programs can be
    /// linked (and never run). Returns the C++ library that apps share.
    pub fn add_libraries(&self) -> PathBuf {
        let dir = self
            .prebuilt()
            .join("sysroot/usr/lib/aarch64-linux-android");
        fs::create_dir_all(&dir).expect("a directory");
        let run = |program: &str, args: &[&str], file: &str| {
            let mut run = Run::new(self.prebuilt().join("bin").join(program));
            run.command().args(args).arg(dir.join(file));
            run.end().expect_code(0);
        };
        for name in ["c", "m", "dl", "log", "c++_shared"] {
            let file = format!("lib{name}.so");
            let name = format!("-Wl,-soname,{file}");
            run(
                "aarch64-linux-android24-clang",
                &["-shared", &name, "-x", "c", "/dev/null", "-o"],
                &file,
            );
        }
        run("llvm-ar", &["rc"], "libunwind.a");
        // Not empty: the linker must find the emulation of thread-local variables in it.
        let source = dir.join("emutls.c");
        fs::write(
            &source,
            "void* __emutls_get_address(void* p) { return p; }\n",
        )
        .expect("a file");
        let source = source.display().to_string();
        run(
            "aarch64-linux-android24-clang",
            &["-c", &source, "-o"],
            "emutls.o",
        );
        let object = dir.join("emutls.o");
        let mut archive = Run::new("llvm-ar");
        archive
            .command()
            .arg("rc")
            .arg(dir.join(BUILTINS))
            .arg(object);
        archive.end().expect_code(0);
        dir.join("libc++_shared.so")
    }
}
