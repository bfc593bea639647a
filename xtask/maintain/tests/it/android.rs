//! Android with a fake NDK ([`made`]): both builders, the linker, and the messages. All but
//! the C library is real: objects, libraries and programs are built for Android and
//! inspected; none is run.

pub mod made;

use std::fs;
use std::path::{Path, PathBuf};

use object::read::archive::ArchiveFile;
use object::read::elf::{ElfFile64, ProgramHeader as _};
use object::{Architecture, Endianness, File, Object as _, ObjectSymbol as _, elf};
use serde_json::Value;

use crate::support::needs::{Need, met};
use crate::support::{Ended, Run, SYS, script, target_dir};
use made::Ndk;

const AARCH64: &str = "aarch64-linux-android";
const ARMV7: &str = "armv7-linux-androideabi";

/// Returns true if this machine can make an NDK and build `core` for its targets.
fn can_make() -> bool {
    cfg!(all(target_os = "linux", target_arch = "x86_64"))
        && met(&[&made::NEEDS[..], &[Need::Cmake, Need::RustSrc]].concat())
}

/// The build script's output directory, and cargo's output.
fn built(ndk: &Ndk, target: &str, builder: &str, level: &str, features: &str) -> (PathBuf, Ended) {
    let run = check(target, builder, features)
        .env("ANDROID_NDK", &ndk.root)
        .env("ANDROID_PLATFORM", level);
    let ended = run.end().expect_code(0);
    (out_dir(&ended), ended)
}

/// Only checks the Rust code, against a `core` from source: nothing else of the target is
/// needed.
fn check(target: &str, builder: &str, features: &str) -> Run {
    Run::cargo(&[
        "check",
        "--package",
        SYS,
        "--locked",
        "-Zbuild-std=core",
        "--message-format=json-render-diagnostics",
        "--target",
        target,
        "--features",
        features,
    ])
    .env("RUSTC_BOOTSTRAP", "1")
    .env(
        "CARGO_TARGET_DIR",
        target_dir(&format!("android-{builder}")),
    )
    .env("SNMALLOC_BUILDER", builder)
}

fn out_dir(ended: &Ended) -> PathBuf {
    let message = script_message(ended);
    PathBuf::from(message["out_dir"].as_str().expect("a directory"))
}

fn script_message(ended: &Ended) -> Value {
    ended
        .stdout
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .find(|message| {
            message["reason"] == "build-script-executed"
                && message["linked_libs"][0] == "static=snmalloc-shim"
        })
        .expect("a build script ran")
}

/// The architectures of the archive's objects, and their undefined symbols.
fn read_archive(out_dir: &Path) -> (Vec<Architecture>, Vec<String>) {
    let data = fs::read(out_dir.join("libsnmalloc-shim.a")).expect("an archive");
    let (mut architectures, mut undefined) = (Vec::new(), Vec::new());
    for member in ArchiveFile::parse(&*data).expect("an archive").members() {
        let object = File::parse(member.unwrap().data(&*data).unwrap()).expect("an object");
        architectures.push(object.architecture());
        let symbols = object.symbols().filter(|symbol| symbol.is_undefined());
        undefined.extend(symbols.map(|symbol| symbol.name().unwrap().to_owned()));
    }
    (architectures, undefined)
}

#[test]
fn builders_make_equal_archives_with_one_ndk() {
    if !can_make() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let ndk = Ndk::make(dir.path());
    for (target, architecture) in [(AARCH64, Architecture::Aarch64), (ARMV7, Architecture::Arm)] {
        let outputs = ["cc", "cmake"].map(|builder| {
            let (out_dir, _) = built(&ndk, target, builder, "android-24", "vendored-stl");
            let (architectures, undefined) = read_archive(&out_dir);
            assert_eq!(architectures, [architecture], "{target} with {builder}");
            let cxx: Vec<_> = undefined
                .iter()
                .filter(|name| name.starts_with("_Z") || name.starts_with("__cxa"))
                .collect();
            assert!(cxx.is_empty(), "the C++ library is needed: {cxx:?}");
            out_dir.display().to_string()
        });
        Run::xtask(&["parity", "--outputs", &outputs[0], &outputs[1]])
            .end()
            .expect_code(0)
            .expect_error(&["0 differences"]);
    }
}

#[test]
fn platform_decides_the_c_library_functions() {
    if !can_make() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let ndk = Ndk::make(dir.path());
    // Use features that no other test uses, for a separate output directory.
    let features = "vendored-stl,build_cc";
    for (level, expected) in [("24", false), ("28", true), ("latest", true)] {
        let (out_dir, _) = built(&ndk, AARCH64, "cc", level, features);
        let commands = fs::read_to_string(out_dir.join("compile_commands.json")).unwrap();
        let defined = commands.contains("-DSNMALLOC_PLATFORM_HAS_GETENTROPY");
        assert_eq!(defined, expected, "{level}: {commands}");
    }
}

#[test]
fn cargo_ndk_variables_win_with_cmake() {
    if !can_make() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let ndk = Ndk::make(dir.path());
    let toolchain_file = ndk.root.join("build/cmake/android.toolchain.cmake");
    for toolchain_file in [None, Some(toolchain_file)] {
        let mut run = check(AARCH64, "cmake", "vendored-stl,usecxx17")
            .env(
                "CXX_aarch64_linux_android",
                ndk.prebuilt().join("bin/clang++"),
            )
            .env(
                "CXXFLAGS_aarch64_linux_android",
                "--target=aarch64-linux-android28",
            )
            .env("ANDROID_PLATFORM", "28");
        if let Some(file) = toolchain_file {
            run = run.env("CMAKE_TOOLCHAIN_FILE_aarch64_linux_android", file);
        }
        let (architectures, _) = read_archive(&out_dir(&run.end().expect_code(0)));
        assert_eq!(architectures, [Architecture::Aarch64]);
    }
}

#[test]
fn the_resolved_linker_makes_libraries_for_pages_of_16_kib() {
    if !can_make() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let ndk = Ndk::make(dir.path());
    let shared_std = ndk.add_libraries();
    let features = "vendored-stl,android-shared-std,android-lld";
    let (out_dir, ended) = built(&ndk, AARCH64, "cc", "24", features);
    assert!(ended.stderr.contains("feature android-lld is always on"));
    let message = script_message(&ended);
    assert_eq!(message["linked_libs"][1], "dylib=c++_shared");
    assert_eq!(
        message["linked_libs"][2],
        "static=clang_rt.builtins-aarch64-android"
    );
    let searched = message["linked_paths"].to_string();
    assert!(searched.contains(shared_std.parent().unwrap().to_str().unwrap()));

    let output = Run::xtask(&["env", "--target", AARCH64, "--shell", "json"])
        .env("ANDROID_NDK", &ndk.root)
        .env("CARGO_TARGET_DIR", dir.path().join("target"))
        .end()
        .expect_code(0);
    let variables: Value = serde_json::from_str(&output.stdout).expect("JSON");
    let linker = variables["CARGO_TARGET_AARCH64_LINUX_ANDROID_LINKER"]
        .as_str()
        .expect("a linker");
    let library = dir.path().join("liballocator.so");
    let mut link = Run::new(linker);
    link.command()
        .args(["-shared", "-Wl,--whole-archive"])
        .arg(out_dir.join("libsnmalloc-shim.a"))
        .arg("-o")
        .arg(&library);
    link.end().expect_code(0);
    expect_pages_of_16_kib(&library);
}

pub fn expect_pages_of_16_kib(file: &Path) {
    let data = fs::read(file).unwrap();
    let file = ElfFile64::<Endianness>::parse(&*data).expect("an ELF file for 64 bits");
    let loads: Vec<u64> = file
        .elf_program_headers()
        .iter()
        .filter(|header| header.p_type(Endianness::Little) == elf::PT_LOAD)
        .map(|header| header.p_align(Endianness::Little))
        .collect();
    assert!(!loads.is_empty());
    assert!(loads.iter().all(|align| *align == 16384), "{loads:?}");
}

#[test]
fn xtask_links_programs_and_copies_shared_libraries() {
    if !can_make() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let ndk = Ndk::make(dir.path());
    ndk.add_libraries();
    let target = target_dir("android-programs");
    let features = "vendored-stl,android-shared-std";
    Run::xtask(&["build", "--target", AARCH64, "--std", "build"])
        .env("ANDROID_NDK", &ndk.root)
        .env("ANDROID_PLATFORM", "24")
        .env("CARGO_TARGET_DIR", &target)
        .end_with(&["--features", features, "--builder", "cc"])
        .expect_code(0);
    let examples = target.join(format!("xtask/host-cc-std/{AARCH64}/debug/examples"));
    expect_pages_of_16_kib(&examples.join("hello"));
    // For Android 7, the compiler's library emulates thread-local variables.
    let data = fs::read(examples.join("hello")).unwrap();
    let hello = File::parse(&*data).expect("a program");
    let emulation = hello
        .symbols()
        .find(|symbol| symbol.name() == Ok("__emutls_get_address"));
    assert!(emulation.expect("thread-local variables").is_definition());
    assert!(examples.join("libc++_shared.so").is_file());
}

/// A fake adb whose device is a local directory.
fn fake_adb(dir: &Path) -> (PathBuf, PathBuf) {
    let (adb, root) = (dir.join("adb"), dir.join("device"));
    fs::create_dir_all(&root).unwrap();
    script(
        &adb,
        &format!(
            "root='{}'\n[ \"$1 $2\" = '-s emulator-5554' ] || exit 9\nshift 2\n\
             case \"$1\" in\n\
             push) cp \"$2\" \"$root$3\";;\n\
             shell) exec sh -c \"$(printf %s \"$2\" | sed \"s#/data/local/tmp#$root&#g\")\";;\n\
             esac",
            root.display()
        ),
    );
    (adb, root)
}

#[test]
fn runner_returns_the_exit_code_of_the_program() {
    let dir = tempfile::tempdir().unwrap();
    let (adb, root) = fake_adb(dir.path());
    let program = dir.path().join("a test");
    script(
        &program,
        "for word; do echo \"<$word>\"; done; ls \"$LD_LIBRARY_PATH\"; exit 7",
    );
    fs::write(dir.path().join("libc++_shared.so"), "").unwrap();
    let args = ["--exact", "it's \"one\" word", "$HOME"];
    let line = ["on-device", adb.to_str().unwrap(), "emulator-5554"];
    let ended = Run::xtask(&line)
        .end_with(&[&[program.to_str().unwrap()], &args[..]].concat())
        .expect_code(7);
    assert_eq!(
        ended.stdout,
        "<--exact>\n<it's \"one\" word>\n<$HOME>\na test\nlibc++_shared.so\n"
    );
    // No files stay on the device.
    let left = fs::read_dir(root.join("data/local/tmp")).unwrap().count();
    assert_eq!(left, 0);
}

#[test]
fn invalid_ndk_variable_is_one_error() {
    let ended = Run::xtask(&["build", "--target", AARCH64])
        .env("ANDROID_NDK", "/nowhere")
        .end()
        .expect_code(3)
        .expect_error(&[
            "ANDROID_NDK is `/nowhere`, which is no NDK that can be used",
            "searched: /nowhere/source.properties (not there)",
            "help: set ANDROID_NDK to an NDK, or unset it",
        ]);
    assert_eq!(ended.stderr.matches("searched: ").count(), 1);
}
