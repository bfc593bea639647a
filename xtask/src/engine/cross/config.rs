//! Cross.toml, and the settings for a target's image in it.

use snmalloc_toolchains::{Error, FakeMachine, Output, Target, Toolchain, catalog, find};

use crate::failure::Failure;

/// The settings of `cross` for one target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetConfig {
    pub triple: String,
    pub image: String,
    /// Variables with their values, or only the names of those that the caller sets.
    pub variables: Vec<(String, Option<String>)>,
}

/// The text of a Cross.toml.
pub fn text(targets: &[TargetConfig]) -> String {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let mut text = String::new();
    for config in targets {
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&format!(
            "[target.{}]\nimage = {}\n",
            config.triple,
            quoted(&config.image)
        ));
        if config.variables.is_empty() {
            continue;
        }
        text.push_str(&format!(
            "\n[target.{}.env]\npassthrough = [\n",
            config.triple
        ));
        for (name, value) in &config.variables {
            let entry = match value {
                Some(value) => format!("{name}={value}"),
                None => name.clone(),
            };
            text.push_str(&format!("    {},\n", quoted(&entry)));
        }
        text.push_str("]\n");
    }
    text
}

/// The toolchain in the target's image: found as on any machine, on a described one that has
/// the image's files.
///
/// # Errors
/// `cross` can't be configured for the image's tools.
pub fn toolchain(target: &Target, host: &str) -> Result<Toolchain, Failure> {
    let gnu = catalog::image(target).filter(|image| image.family == "gnu");
    let Some(_) = gnu else {
        return Err(Error::new(format!(
            "cross can't be configured for the tools of the image for {}",
            target.triple
        ))
        .searched("the catalog (only GNU cross compilers and qemu can be configured)")
        .fix(format!(
            "cargo xtask test --engine container --target {}",
            target.triple
        ))
        .into());
    };
    Ok(find::toolchain(target, host, &machine(target))?)
}

/// A described machine that has the files of a Linux (GNU) target's image.
pub fn machine(target: &Target) -> FakeMachine {
    let prefix = catalog::gnu_prefix(target);
    let mut programs: Vec<String> = ["c++", "g++", "cc", "gcc", "ar", "ninja"]
        .map(str::to_owned)
        .to_vec();
    programs.extend(["g++", "gcc", "ar"].map(|name| format!("{prefix}-{name}")));
    programs.extend(catalog::qemu(target));
    // The version in Debian 12, the oldest that an image may be made from.
    let cmake = Output {
        success: true,
        stdout: "cmake version 3.25.1".to_owned(),
        stderr: String::new(),
    };
    let base = FakeMachine::new("linux", std::env::consts::ARCH)
        .with_var("PATH", "/usr/bin")
        .with_program("/usr/bin/cmake", "--version", cmake)
        .with_file(format!("/usr/{prefix}/lib/libc.so.6"), "");
    programs.iter().fold(base, |machine, name| {
        machine.with_file(format!("/usr/bin/{name}"), "")
    })
}

/// The variables that set cargo's linker and runner for the target.
pub fn variables(target: &Target, toolchain: &Toolchain) -> Vec<(String, Option<String>)> {
    let mut variables = Vec::new();
    if let Some(linker) = &toolchain.linker {
        let linker = linker.program.display().to_string();
        variables.push((target.cargo_variable("LINKER"), Some(linker)));
    }
    if let Ok(args) = &toolchain.runner {
        if !args.is_empty() {
            variables.push((target.cargo_variable("RUNNER"), Some(args.join(" "))));
        }
    }
    variables
}

#[cfg(all(test, unix))]
mod tests {
    use super::{TargetConfig, text, toolchain, variables};
    use snmalloc_toolchains::Target;

    const HOST: &str = "x86_64-unknown-linux-gnu";

    fn config(triple: &str) -> String {
        let target = Target::from_triple(triple).unwrap();
        let toolchain = toolchain(&target, HOST).unwrap();
        let variables = variables(&target, &toolchain);
        text(&[TargetConfig {
            triple: triple.to_owned(),
            image: "i:1".to_owned(),
            variables,
        }])
    }

    #[test]
    fn linker_and_runner_of_each_image() {
        assert_eq!(
            config("aarch64-unknown-linux-gnu"),
            "[target.aarch64-unknown-linux-gnu]\nimage = \"i:1\"\n\n\
             [target.aarch64-unknown-linux-gnu.env]\npassthrough = [\n    \
             \"CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=/usr/bin/aarch64-linux-gnu-gcc\",\n    \
             \"CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER=/usr/bin/qemu-aarch64 -L \
             /usr/aarch64-linux-gnu\",\n]\n"
        );
        for (triple, linker, runner) in [
            (
                "armv7-unknown-linux-gnueabihf",
                "arm-linux-gnueabihf-gcc",
                "qemu-arm -L",
            ),
            (
                "riscv64gc-unknown-linux-gnu",
                "riscv64-linux-gnu-gcc",
                "qemu-riscv64 -L",
            ),
            (
                "s390x-unknown-linux-gnu",
                "s390x-linux-gnu-gcc",
                "qemu-s390x -L",
            ),
            (
                "powerpc64le-unknown-linux-gnu",
                "powerpc64le-linux-gnu-gcc",
                "qemu-ppc64le -L",
            ),
        ] {
            let text = config(triple);
            assert!(
                text.contains(&format!("_LINKER=/usr/bin/{linker}\"")),
                "{text}"
            );
            assert!(
                text.contains(&format!("_RUNNER=/usr/bin/{runner}")),
                "{text}"
            );
        }
    }

    #[test]
    fn unsupported_images_are_refused() {
        for triple in ["x86_64-unknown-linux-musl", "x86_64-pc-windows-gnu"] {
            let target = Target::from_triple(triple).unwrap();
            let failure = toolchain(&target, HOST).unwrap_err();
            let message = failure.message().unwrap();
            assert!(message.contains("--engine container"), "{message}");
        }
    }
}
