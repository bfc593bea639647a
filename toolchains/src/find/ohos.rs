// SPDX-License-Identifier: MIT
//! OpenHarmony: the clang of its native SDK. Written from the SDK's layout; not tested.

use std::path::PathBuf;

use super::not_in_path;
use crate::toolchain::Tool;
use crate::{Compiler, Error, Machine, Target, vars};

/// Variables in common use for the SDK's path.
const VARIABLES: [&str; 4] = [
    "OHOS_NDK_HOME",
    "OHOS_SDK_NATIVE",
    "OHOS_NATIVE_SDK",
    "OHOS_SDK_HOME",
];

pub(super) fn compiler(target: &Target, machine: &dyn Machine) -> Result<Compiler, Error> {
    if let Some(tool) = tool("clang++", target, machine) {
        return Ok(Compiler {
            args: tool.args,
            ..Compiler::found(tool.program)
        });
    }
    let names = [format!("{}-clang++", target.triple)];
    let mut missing = not_in_path(&names, target, true);
    for base in VARIABLES {
        missing = missing.searched(match vars::lookup(machine, base, target, true) {
            Some((variable, dir)) => {
                format!("{variable}: no llvm/bin/clang++ in `{dir}`, nor in its `native`")
            }
            None => format!("{base} (not set)"),
        });
    }
    Err(missing.fix(
        "set OHOS_NDK_HOME to the directory `native` of the OpenHarmony SDK (its \"Public SDK package\")",
    ))
}

pub(super) fn linker(target: &Target, machine: &dyn Machine) -> Option<Tool> {
    tool("clang", target, machine)
}

/// The SDK's wrapper for the target if it has one, else its clang; last, a wrapper in `PATH`.
fn tool(program: &str, target: &Target, machine: &dyn Machine) -> Option<Tool> {
    let wrapper = format!("{}-{program}", target.triple);
    roots(target, machine)
        .into_iter()
        .find_map(|native| {
            let bin = native.join("llvm").join("bin");
            let find = |name: &str| machine.find_program(&bin.join(name).to_string_lossy());
            if let Some(wrapper) = find(&wrapper) {
                return Some(Tool::plain(wrapper));
            }
            Some(Tool {
                program: find(program)?,
                args: args(target, &native),
            })
        })
        .or_else(|| machine.find_program(&wrapper).map(Tool::plain))
}

/// Candidates for the SDK's `native` directory.
fn roots(target: &Target, machine: &dyn Machine) -> Vec<PathBuf> {
    VARIABLES
        .iter()
        .filter_map(|base| vars::lookup(machine, base, target, true))
        .flat_map(|(_, dir)| [PathBuf::from(&dir), PathBuf::from(dir).join("native")])
        .collect()
}

/// The arguments in the SDK's wrappers: its clang calls 32-bit ARM `arm`, and the headers test
/// whether the C library is musl.
fn args(target: &Target, native: &std::path::Path) -> Vec<String> {
    let mut args = vec![
        format!("--target={}-linux-ohos", target.arch),
        format!("--sysroot={}", native.join("sysroot").display()),
        "-D__MUSL__".to_owned(),
    ];
    if target.arch == "arm" {
        args.extend(["-march=armv7-a", "-mfloat-abi=softfp", "-mthumb"].map(str::to_owned));
    }
    args
}

#[cfg(all(test, unix))]
mod tests {
    use super::compiler;
    use crate::{FakeMachine, Target};

    #[test]
    fn the_sdk_and_its_wrappers() {
        let target = Target::from_triple("aarch64-unknown-linux-ohos").unwrap();
        let bare = FakeMachine::new("linux", "x86_64").with_var("PATH", "/bin");
        let message = compiler(&target, &bare).unwrap_err().to_string();
        assert!(message.contains("OHOS_NDK_HOME (not set)"), "{message}");
        let sdk = bare
            .with_var("OHOS_NDK_HOME", "/sdk")
            .with_file("/sdk/native/llvm/bin/clang++", "");
        assert_eq!(
            compiler(&target, &sdk).unwrap().command(),
            "/sdk/native/llvm/bin/clang++ --target=aarch64-linux-ohos \
             --sysroot=/sdk/native/sysroot -D__MUSL__"
        );
        let wrapped = sdk.with_file(
            "/sdk/native/llvm/bin/aarch64-unknown-linux-ohos-clang++",
            "",
        );
        assert_eq!(
            compiler(&target, &wrapped).unwrap().command(),
            "/sdk/native/llvm/bin/aarch64-unknown-linux-ohos-clang++"
        );
    }
}
