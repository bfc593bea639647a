//! `cargo xtask env`: prints the variables that plain cargo, cross or an IDE needs to build
//! for a target.

use std::fmt::Write as _;

use std::path::Path;

use snmalloc_toolchains::find::zig::ToolchainChoice;
use snmalloc_toolchains::{Machine as _, Origin, Target, Tool, Toolchain, find, vars};

use crate::cli::{EnvArgs, Shell};
use crate::context::Context;
use crate::failure::Failure;
use crate::plan::targets;
use crate::process::quote;
use crate::runners;

pub fn run(args: &EnvArgs, context: &Context) -> Result<(), Failure> {
    let requested = targets::named(&args.target, context)?;
    let mut toolchain = runners::find(&requested, context)?;
    let target = &requested.target;
    if let Err(failure) = runners::prepare_runner(target, &mut toolchain, context) {
        // Only a warning: the target can be built without a runner.
        context
            .progress
            .line(&failure.message().unwrap_or_default());
    }
    let compiler = runners::compiler(&toolchain.compiler, &requested, context)?;
    let machine = requested.machine(&context.machine);
    let crossing = target.triple != context.host;
    let choice = find::zig::choice(target, crossing, &machine)?;
    // The user's own settings win, and are printed too: the output stays the same if it was
    // evaluated in this shell before.
    let own = |base: &str| match base {
        "LINKER" => machine.var(&target.cargo_variable(base)),
        // zig may have taken precedence over the user's CXX.
        "CXX" if toolchain.compiler.variable.is_none() => None,
        _ => vars::lookup(&machine, base, target, crossing).map(|(_, value)| value),
    };
    for note in &toolchain.compiler.notes {
        context.progress.line(note);
    }
    if let Err(missing) = &toolchain.runner {
        // The target can be built without a runner: print the remark on stderr.
        context.progress.line(&missing.to_string());
    }
    print!(
        "{}",
        text(
            args.shell,
            variables(target, &choice, &compiler, &toolchain, &own),
            target
        )?
    );
    Ok(())
}

/// The variables, in the order of their documentation; `own` looks up the user's settings.
fn variables(
    target: &Target,
    choice: &ToolchainChoice,
    compiler: &Path,
    toolchain: &Toolchain,
    own: &dyn Fn(&str) -> Option<String>,
) -> Vec<(String, String)> {
    let mut variables = Vec::new();
    let of_target = |base: &str| format!("{base}_{}", target.triple.replace(['-', '.'], "_"));
    // Given by path alone, Visual Studio's compiler misses the environment found with it.
    let found = toolchain.compiler.origin != Origin::VisualStudio;
    let path = |tool: &Option<Tool>| tool.as_ref().map(|tool| tool.program.display().to_string());
    for (base, tool) in [
        ("CXX", Some(compiler.display().to_string())),
        ("CC", path(&toolchain.c_compiler)),
        ("AR", path(&toolchain.archiver)),
    ] {
        if let Some(value) = own(base).or(tool.filter(|_| found)) {
            variables.push((of_target(base), value));
        }
    }
    if toolchain.compiler.origin == Origin::Zig {
        // The path doesn't show that the compiler is zig, and snmalloc's build has to know.
        let choice = match choice {
            ToolchainChoice::Zig(_) => choice.text(),
            _ => ToolchainChoice::Zig(None).text(),
        };
        variables.push((of_target("SNMALLOC_TOOLCHAIN"), choice));
    }
    if let Some(linker) = own("LINKER").or(path(&toolchain.linker)) {
        variables.push((target.cargo_variable("LINKER"), linker));
    }
    if let Some(runner) = toolchain
        .runner
        .as_ref()
        .ok()
        .filter(|command| !command.is_empty())
    {
        variables.push((target.cargo_variable("RUNNER"), runner.join(" ")));
        variables.extend(toolchain.runner_env.iter().cloned());
    }
    variables
}

pub fn text(
    shell: Shell,
    variables: Vec<(String, String)>,
    target: &Target,
) -> Result<String, Failure> {
    let mut text = String::new();
    for (name, value) in &variables {
        // Writing to a string never fails.
        let _ = match shell {
            Shell::Sh => writeln!(text, "export {name}={}", quote::sh(value)),
            Shell::Fish => writeln!(text, "set -gx {name} {}", quote::fish(value)),
            Shell::Powershell => writeln!(text, "$env:{name} = {}", quote::powershell(value)),
            Shell::Json | Shell::CargoConfig => Ok(()),
        };
    }
    match shell {
        Shell::Json => {
            let map: serde_json::Map<String, serde_json::Value> = variables
                .into_iter()
                .map(|(name, value)| (name, value.into()))
                .collect();
            text = serde_json::to_string_pretty(&map).map_err(anyhow::Error::from)?;
            text.push('\n');
        }
        Shell::CargoConfig => {
            let table = format!("target.{}", target.triple);
            let _ = writeln!(text, "[{table}]");
            for (name, value) in &variables {
                let key = match name {
                    name if name.ends_with("_LINKER") => "linker",
                    name if name.ends_with("_RUNNER") => "runner",
                    _ => continue,
                };
                let _ = writeln!(text, "{key} = {}", quote::toml(value));
            }
            let _ = writeln!(text, "\n[env]");
            for (name, value) in variables
                .iter()
                .filter(|(name, _)| !name.starts_with("CARGO_TARGET_"))
            {
                let _ = writeln!(text, "{name} = {}", quote::toml(value));
            }
        }
        _ => {}
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::{text, variables};
    use crate::cli::Shell;
    use snmalloc_toolchains::{Compiler, Target, Tool, Toolchain};

    #[test]
    fn each_shell_has_its_own_syntax() {
        let target = Target::from_triple("riscv64gc-unknown-linux-gnu").unwrap();
        let toolchain = Toolchain {
            compiler: Compiler::found("/opt/it's/riscv64-linux-gnu-g++"),
            c_compiler: None,
            archiver: None,
            linker: Some(Tool::plain("/usr/bin/riscv64-linux-gnu-gcc")),
            runner_variable: None,
            runner_env: Vec::new(),
            runner: Ok(vec![
                "qemu-riscv64".to_owned(),
                "-L".to_owned(),
                "/r".to_owned(),
            ]),
        };
        let compiler = toolchain.compiler.program.as_path();
        let variables_with = |own: &dyn Fn(&str) -> Option<String>| {
            variables(
                &target,
                &super::ToolchainChoice::Auto,
                compiler,
                &toolchain,
                own,
            )
        };
        let text = |shell| text(shell, variables_with(&|_| None), &target).unwrap();
        assert_eq!(
            text(Shell::Sh),
            "export CXX_riscv64gc_unknown_linux_gnu='/opt/it'\\''s/riscv64-linux-gnu-g++'\n\
             export CARGO_TARGET_RISCV64GC_UNKNOWN_LINUX_GNU_LINKER=/usr/bin/riscv64-linux-gnu-gcc\n\
             export CARGO_TARGET_RISCV64GC_UNKNOWN_LINUX_GNU_RUNNER='qemu-riscv64 -L /r'\n"
        );
        assert!(text(Shell::Fish).starts_with("set -gx CXX_riscv64gc"));
        assert!(text(Shell::Powershell).contains("'/opt/it''s/riscv64-linux-gnu-g++'"));
        assert_eq!(
            text(Shell::CargoConfig),
            "[target.riscv64gc-unknown-linux-gnu]\n\
             linker = \"/usr/bin/riscv64-linux-gnu-gcc\"\n\
             runner = \"qemu-riscv64 -L /r\"\n\n[env]\n\
             CXX_riscv64gc_unknown_linux_gnu = \"/opt/it's/riscv64-linux-gnu-g++\"\n"
        );
        assert!(serde_json::from_str::<serde_json::Value>(&text(Shell::Json)).is_ok());
        let own = variables_with(&|base| (base != "AR").then(|| format!("my {base}")));
        let own: Vec<&str> = own.iter().map(|(_, value)| value.as_str()).collect();
        assert_eq!(own, ["my CXX", "my CC", "my LINKER", "qemu-riscv64 -L /r"]);
    }
}
