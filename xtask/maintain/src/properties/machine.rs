//! Names of targets, and what a machine's files and variables contain.

use snmalloc_toolchains::{
    Builder, Error, FakeMachine, Features, Group, Inputs, Output, Target, catalog, choose_builder,
    find, plan, probe,
};

use super::texts;
use xtask::images::recipe::ndk_version;
use xtask::suggest::suggest;

const HOST: &str = "x86_64-unknown-linux-gnu";

/// A name is a known target, or it is refused with at most three similar names. The name of a
/// target leads to no other directory, and its variables can be set by a shell.
pub fn target_name(data: &[u8]) {
    let name = String::from_utf8_lossy(data);
    let known = || catalog::ENTRIES.iter().map(|entry| entry.triple);
    let suggestion = suggest(&name, known());
    let names: Vec<&str> = suggestion.split('`').skip(1).step_by(2).collect();
    assert!(names.len() <= 3, "{suggestion}");
    assert!(names.iter().all(|name| catalog::entry(name).is_some()));
    find::zig::is_version(&name);
    let Some(target) = Target::from_triple(&name) else {
        assert!(catalog::entry(&name).is_none());
        return;
    };
    assert_eq!(target.triple, name);
    assert!(!name.contains(['/', '\\', ':']) && !name.starts_with('.'));
    let variable = target.cargo_variable("LINKER");
    let allowed = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    assert!(variable.chars().all(allowed), "{variable}");
    assert!(target.llvm_triple().contains('-'));
    Group::of(&target);
    catalog::image(&target);
    catalog::qemu(&target);
    catalog::gnu_prefix(&target);
}

/// An NDK is found or refused with a reason, and its version fits in the tag of an image.
pub fn source_properties(data: &[u8]) {
    let texts = texts(data);
    let text = |number: usize| texts.get(number).map_or("", String::as_str);
    let tag = ndk_version(text(0));
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    assert!(
        (1..=100).contains(&tag.len()) && tag.chars().all(allowed),
        "{tag}"
    );

    let bin = "/ndk/toolchains/llvm/prebuilt/linux-x86_64/bin";
    let machine = FakeMachine::new("linux", "x86_64")
        .with_var("ANDROID_NDK", "/ndk")
        .with_var("ANDROID_PLATFORM", text(2))
        .with_file("/ndk/source.properties", text(0))
        .with_file("/ndk/meta/platforms.json", text(1))
        .with_file(format!("{bin}/{}", text(3)), "")
        .with_file(format!("{bin}/aarch64-linux-android21-clang++"), "")
        .with_file(format!("{bin}/aarch64-linux-android35-clang++"), "");
    let target = Target::from_triple("aarch64-linux-android").expect("a target");
    if let Ok(compiler) = find::compiler(&target, HOST, &machine) {
        assert!(compiler.program.starts_with("/ndk"), "{compiler:?}");
    }
}

/// CMake's toolchain file is read or ignored; its values don't grow without bounds.
pub fn toolchain_file(data: &[u8]) {
    let machine = FakeMachine::new("linux", "x86_64")
        .with_var("PATH", "/bin")
        .with_var("CMAKE_TOOLCHAIN_FILE", "/t.cmake")
        .with_file("/t.cmake", &String::from_utf8_lossy(data))
        .with_program("/bin/c++", "", Output::default());
    let target = Target::from_triple("aarch64-unknown-linux-gnu").expect("a target");
    if let Ok(compiler) = find::compiler(&target, HOST, &machine) {
        let size: usize = compiler.args.iter().map(String::len).sum();
        assert!(size <= 1 << 20, "{size}");
    }
}

/// A plan is made, or refused with a reason, whatever variables contain: `NAME=VALUE`, each after
/// a NUL. The first text selects the target.
pub fn environment(data: &[u8]) {
    let texts = texts(data);
    let number = texts[0].bytes().fold(0_usize, |sum, byte| {
        sum.wrapping_mul(256).wrapping_add(byte.into())
    });
    let triple = catalog::ENTRIES[number % catalog::ENTRIES.len()].triple;
    let machine = texts[1..]
        .iter()
        .filter_map(|text| text.split_once('='))
        .fold(compilers(), |machine, (name, value)| {
            machine.with_var(name, value)
        });
    let target = Target::from_triple(triple).expect("a target of the catalog");
    match arguments(&target, &machine) {
        Ok(arguments) => assert!(!arguments.is_empty()),
        Err(error) => assert!(!error.what.is_empty()),
    }
}

/// A machine with compilers that accept everything.
fn compilers() -> FakeMachine {
    let output = |stdout: &str| Output {
        success: true,
        stdout: stdout.to_owned(),
        stderr: String::new(),
    };
    let programs = ["c++", "g++", "clang++", "zig", "cmake", "ninja", "cl.exe"];
    programs.into_iter().fold(
        FakeMachine::new("linux", "x86_64").with_var("PATH", "/bin"),
        |machine, name| {
            let path = format!("/bin/{name}");
            machine
                .with_program(&path, "--version", output("cmake version 3.25.1\n"))
                .with_program(&path, "version", output("0.17.1\n"))
                .with_program(&path, "", output("snmalloc_probe: gnu 12 2\n"))
        },
    )
}

fn arguments(target: &Target, machine: &FakeMachine) -> Result<Vec<String>, Error> {
    let _ = find::toolchain(target, HOST, machine)?;
    let compiler = find::compiler(target, HOST, machine)?;
    let crossing = target.triple != HOST;
    let compiler = find::with_wrapper(compiler, target, crossing, machine);
    let features = Features::defaults();
    let out_dir = std::path::PathBuf::from("/out");
    let choice = choose_builder(&features, target, HOST, &out_dir, machine)?;
    assert!(choice.cmake.is_some() || choice.builder == Builder::Cc);
    let probes = probe(target, crossing, &compiler, &features, machine)?;
    let inputs = Inputs {
        features: &features,
        target,
        host: HOST,
        compiler: &compiler,
        probes: &probes,
        source: "/source".into(),
        package: "/package".into(),
        out_dir,
    };
    Ok(plan(&inputs, machine)?.arguments())
}
