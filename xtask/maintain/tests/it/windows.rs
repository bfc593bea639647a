//! Windows programs built with mingw-w64: the DLLs that they need.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use object::read::pe::PeFile64;
use object::{NameOrOrdinal, Object as _};

use crate::support::needs::{Need, met};
use crate::support::{Run, target_dir};

const TARGET: &str = "x86_64-pc-windows-gnu";
const WINE: &str = "/usr/lib/wine/wine64";
const PROGRAMS: [Need; 6] = [
    Need::Std(TARGET),
    Need::Compiler("x86_64-w64-mingw32-g++-posix"),
    Need::Compiler("x86_64-w64-mingw32-gcc-posix"),
    Need::Compiler("x86_64-w64-mingw32-gcc-ar-posix"),
    Need::Compiler("x86_64-w64-mingw32-dlltool"),
    // dlltool runs it if std is built from source.
    Need::Compiler("x86_64-w64-mingw32-as"),
];

fn build(dir: &str, more: &[&str]) -> PathBuf {
    let mut args = vec!["build", "--target", TARGET, "--json"];
    args.extend(more);
    let ended = Run::xtask(&args)
        .env("CARGO_TARGET_DIR", target_dir(dir))
        .end()
        .expect_code(0);
    let report: serde_json::Value = serde_json::from_str(&ended.stdout).expect("JSON");
    let programs = report["results"][0]["programs"]
        .as_array()
        .expect("programs")
        .clone();
    let hello = programs
        .iter()
        .filter_map(|path| path.as_str())
        .find(|path| path.ends_with("hello.exe"));
    PathBuf::from(hello.expect("hello.exe"))
}

/// The DLLs that a program imports from, in lower case, and the imported functions.
fn imports(program: &Path) -> (BTreeSet<String>, BTreeSet<String>) {
    let bytes = fs::read(program).expect("a program");
    let file = PeFile64::parse(&*bytes).expect("an executable");
    let (mut libraries, mut functions) = (BTreeSet::new(), BTreeSet::new());
    for import in file.imports().expect("imports") {
        let import = import.expect("an import");
        libraries.insert(String::from_utf8_lossy(import.library()).to_lowercase());
        if let NameOrOrdinal::Name(name) = import.name() {
            functions.insert(String::from_utf8_lossy(name).into_owned());
        }
    }
    (libraries, functions)
}

/// Returns true if a DLL is part of Windows: the names of mingw-w64's own start with `lib`.
fn is_of_the_system(library: &str) -> bool {
    !library.starts_with("lib")
}

#[test]
fn default_program_needs_only_windows_dlls() {
    if !met(&PROGRAMS) {
        return;
    }
    let (libraries, functions) = imports(&build("windows", &[]));
    assert!(
        libraries.iter().all(|l| is_of_the_system(l)),
        "{libraries:?}"
    );
    for name in ["VirtualAlloc2FromApp", "WaitOnAddress"] {
        assert!(functions.contains(name), "{name} is not in {functions:?}");
    }
    // Rust's std imports WaitOnAddress too: check only the other function.
    let (_, functions) = imports(&build("windows", &["--features", "win8compat"]));
    assert!(!functions.contains("VirtualAlloc2FromApp"), "{functions:?}");
}

#[test]
fn shared_runtime_dlls_are_copied_next_to_the_program() {
    if !met(&PROGRAMS) || !met(&[Need::Runner(WINE)]) {
        return;
    }
    let program = build("windows-shared", &["--mingw-runtime", "shared"]);
    let (libraries, _) = imports(&program);
    assert!(libraries.contains("libgcc_s_seh-1.dll"), "{libraries:?}");
    // Copy the program and the DLLs next to it to an empty directory.
    let folder = tempfile::tempdir().expect("a directory");
    for entry in fs::read_dir(program.parent().expect("a directory")).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path == program || path.extension().is_some_and(|e| e == "dll") {
            fs::copy(&path, folder.path().join(path.file_name().expect("a name"))).expect("a copy");
        }
    }
    // Use the prefix of `cargo xtask test`, which has the DLL that is missing in old Wines.
    let ended = Run::xtask(&["env", "--target", TARGET, "--shell", "json"])
        .env("CARGO_TARGET_DIR", target_dir("windows-shared"))
        .end()
        .expect_code(0);
    let variables: serde_json::Value = serde_json::from_str(&ended.stdout).expect("JSON");
    let mut run = Run::new(WINE).dir(folder.path()).env("WINEDEBUG", "-all");
    if let Some(prefix) = variables["WINEPREFIX"].as_str() {
        run = run.env("WINEPREFIX", prefix);
    }
    run.command().arg("hello.exe").env_remove("WINEPATH");
    let ended = run.end().expect_code(0);
    assert!(
        ended.stdout.contains("hello from snmalloc"),
        "{}",
        ended.stdout
    );
}

/// The DLL that Wine is missing is written to another directory.
#[test]
fn own_wine_prefix_is_not_changed_and_programs_find_the_missing_dll() {
    if !met(&PROGRAMS) || !met(&[Need::Runner(WINE)]) {
        return;
    }
    let prefix = tempfile::tempdir().expect("a directory");
    let ended = Run::xtask(&["env", "--target", TARGET, "--shell", "json"])
        .env("CARGO_TARGET_DIR", target_dir("windows-own-prefix"))
        .env("WINEPREFIX", prefix.path())
        .end()
        .expect_code(0);
    let variables: serde_json::Value = serde_json::from_str(&ended.stdout).expect("JSON");
    let prefix_of_runner = variables["WINEPREFIX"].as_str().expect("a path");
    assert_eq!(Path::new(prefix_of_runner), prefix.path());
    let path = variables["WINEPATH"].as_str().expect("directories");
    let has_dll = |dir: &str| Path::new(dir).join("bcryptprimitives.dll").is_file();
    assert!(path.split(';').any(has_dll), "{path}");
    let changed = fs::read_dir(prefix.path()).expect("a directory").count();
    assert_eq!(changed, 0);
}

#[test]
fn threads_give_their_memory_back_with_the_shared_runtime_too() {
    if !met(&PROGRAMS) || !met(&[Need::Runner(WINE)]) {
        return;
    }
    // With the shared runtime, GCC frees thread-local variables before the program's callbacks.
    let args = ["test", "--target", TARGET, "--mingw-runtime", "shared"];
    Run::xtask(&args)
        .env("CARGO_TARGET_DIR", target_dir("windows-shared"))
        .end()
        .expect_code(0);
}
