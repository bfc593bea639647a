//! The projects in `examples`: tests in addition to their README's commands.

use std::fs;
use std::path::{Path, PathBuf};

use object::read::elf::{Dyn as _, ElfFile64};
use object::{Endianness, Object as _, ObjectSymbol as _, elf};

use crate::android::made::{self, Ndk};
use crate::documents::scratch::{Scratch, scratch};
use crate::needs;
use crate::support::needs::{Need, met};
use crate::support::{Ended, Run, XTASK, target_dir};

fn project(scratch: &Scratch, name: &str, args: &[&str]) -> Run {
    let run = Run::cargo(args).dir(&scratch.tree.join("examples").join(name));
    // The lock file belongs to the user, and is correct.
    let mut run = run.env("CARGO_TARGET_DIR", built());
    run.command().args(["--locked", "--offline", "--release"]);
    run
}

/// The target directory, which the README's commands use too.
fn built() -> PathBuf {
    target_dir("documents").join("examples")
}

/// Returns true if the library needs space in the loader's static TLS block.
fn needs_static_tls(library: &Path) -> bool {
    let data = fs::read(library).expect("a library");
    let file = ElfFile64::<Endianness>::parse(&*data).expect("an ELF file for 64 bits");
    let endian = Endianness::Little;
    let sections = file.elf_section_table();
    let (entries, _) = sections
        .dynamic(endian, &*data)
        .expect("a library")
        .expect("a dynamic section");
    entries.iter().any(|entry| {
        let flags = entry.d_tag(endian) == elf::DT_FLAGS;
        flags && entry.d_val(endian) & elf::DF_STATIC_TLS.0 != 0
    })
}

/// Builds and runs a C program that loads all given libraries, and keeps them loaded.
fn load(dir: &Path, libraries: &[PathBuf]) -> Ended {
    let source = dir.join("load.c");
    fs::write(
        &source,
        "#include <dlfcn.h>\n#include <stdio.h>\n\
         int main(int argc, char** argv) {\n\
         for (int i = 1; i < argc; i++)\n\
         if (!dlopen(argv[i], RTLD_NOW)) { fprintf(stderr, \"%d: %s\\n\", i, dlerror()); return 1; }\n\
         return 0; }\n",
    )
    .expect("a file");
    let program = dir.join("load");
    let args = ["-ldl".as_ref(), "-o".as_ref(), program.as_os_str()];
    let mut cc = Run::new("cc");
    cc.command().arg(&source).args(args);
    cc.end().expect_code(0);
    let mut run = Run::new(&program);
    run.command().args(libraries);
    run.end()
}

fn copies(dir: &Path, library: &Path) -> Vec<PathBuf> {
    let name = library.file_stem().expect("a name").to_string_lossy();
    let copy = |number: usize| {
        let to = dir.join(format!("{name}{number}.so"));
        fs::copy(library, &to).expect("a copy");
        to
    };
    (0..64).map(copy).collect()
}

#[test]
#[cfg(all(target_os = "linux", target_env = "gnu", target_pointer_width = "64"))]
fn with_local_dynamic_tls_any_number_of_libraries_can_be_loaded() {
    needs!(Need::Git);
    let scratch = scratch();
    for name in ["cdylib", "android"] {
        project(&scratch, name, &["build"]).end().expect_code(0);
    }
    let (with, without) = (
        built().join("release/libtally.so"),
        built().join("release/libapp.so"),
    );
    assert!(!needs_static_tls(&with));
    assert!(needs_static_tls(&without));
    let dir = tempfile::tempdir().unwrap();
    load(dir.path(), &copies(dir.path(), &with)).expect_code(0);
    // The feature avoids this error, which the guide quotes.
    load(dir.path(), &copies(dir.path(), &without))
        .expect_code(1)
        .expect_error(&["cannot allocate memory in static TLS block"]);
}

#[test]
fn invalid_arguments_and_files_are_reported() {
    needs!(Need::Git);
    let scratch = scratch();
    project(&scratch, "cli", &["build"]).end().expect_code(0);
    let program = built().join("release/words");
    let file = scratch.tree.join("LICENSE");
    let file = file.to_str().expect("a path");
    let ended = Run::new(&program).end_with(&[file, file]).expect_code(0);
    assert!(ended.stdout.contains(" the\n"), "{}", ended.stdout);
    Run::new(&program)
        .end_with(&["--nonsense"])
        .expect_code(2)
        .expect_error(&["unknown option --nonsense"]);
    Run::new(&program)
        .end_with(&["/no/such/file"])
        .expect_code(1)
        .expect_error(&["No such file"]);
}

#[test]
fn examples_are_formatted() {
    needs!(Need::Git, Need::Tool("rustfmt"));
    let scratch = scratch();
    for name in ["cli", "cdylib", "android", "no-std"] {
        Run::cargo(&["fmt", "--check"])
            .dir(&scratch.tree.join("examples").join(name))
            .end()
            .expect_code(0);
    }
}

#[test]
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
fn the_android_library_is_built_by_plain_cargo_and_an_ndk() {
    if !met(&[&made::NEEDS[..], &[Need::Git, Need::RustSrc]].concat()) {
        return;
    }
    let scratch = scratch();
    project(&scratch, "android", &["test", "--quiet"])
        .end()
        .expect_code(0);
    let dir = tempfile::tempdir().unwrap();
    let ndk = Ndk::make(dir.path());
    ndk.add_libraries();
    let target = "aarch64-linux-android";
    // The fake NDK has no C++ headers, and this machine may have no std for the target.
    let build = "cargo build --offline --locked --features snmalloc-rs/vendored-stl \
                 -Zbuild-std=std,panic_abort --target aarch64-linux-android";
    let config = dir.path().join("config.toml");
    let config = config.display();
    let line = format!(
        "'{XTASK}' env --target {target} --shell cargo-config >'{config}'\n\
         {build} --config '{config}'"
    );
    let shared = target_dir("android-programs").join("xtask/host-cc-std");
    Run::new("sh")
        .dir(&scratch.tree.join("examples/android"))
        .env("ANDROID_NDK", &ndk.root)
        .env("ANDROID_PLATFORM", "24")
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_TARGET_DIR", &shared)
        .end_with(&["-euc", &line])
        .expect_code(0);
    let library = shared.join(target).join("debug/libapp.so");
    let data = fs::read(&library).expect("the library");
    let file = object::File::parse(&*data).expect("a library");
    assert_eq!(file.architecture(), object::Architecture::Aarch64);
    for name in ["primes", "heldKiB"] {
        let name = format!("Java_org_example_app_Native_{name}");
        let found = file.dynamic_symbols().find(|it| it.name() == Ok(&*name));
        assert!(found.is_some_and(|it| it.is_definition()), "{name}");
    }
    crate::android::expect_pages_of_16_kib(&library);
}
