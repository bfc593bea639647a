//! Makes the commands of cargo and rustup for a resolved target.

use snmalloc_toolchains::Target;

use crate::context::Context;
use crate::plan::resolve::Resolved;
use crate::plan::rust_std::RustStd;
use crate::process::command::Job;
use crate::request::{BuildRequest, MingwRuntime};

/// Makes cargo's command for one target and builder; `subcommand` comes first (`build …`, `test …`),
/// `last` after everything.
pub fn cargo_job(
    resolved: &Resolved,
    request: &BuildRequest,
    subcommand: &[&str],
    last: &[String],
    context: &Context,
) -> Job {
    let triple = &resolved.target.triple;
    let mut command: Vec<String> = subcommand.iter().map(|arg| (*arg).to_owned()).collect();
    command.push("--locked".to_owned());
    if !resolved.native {
        command.extend(["--target".to_owned(), triple.clone()]);
    }
    command.extend(profile_and_features(request));
    // The most specific name that a shell can set: it overrides the user's own setting.
    let mut env = vec![(
        format!("SNMALLOC_BUILDER_{}", triple.replace('-', "_")),
        resolved.builder.name().to_owned(),
    )];
    if let Some(runtime) = mingw_runtime(request, &resolved.target) {
        let value = match runtime {
            MingwRuntime::Static => "static",
            MingwRuntime::Shared => "shared",
        };
        let name = format!("SNMALLOC_MINGW_RUNTIME_{}", triple.replace('-', "_"));
        env.push((name, value.to_owned()));
    }
    if request.offline {
        command.push("--offline".to_owned());
        // cargo doesn't pass `--offline` to build scripts, and ours has cargo fetch the C++
        // source.
        env.push(("CARGO_NET_OFFLINE".to_owned(), "true".to_owned()));
    }
    let mut dir = format!("host-{}", resolved.builder.name());
    if let RustStd::FromSource { bootstrap } = resolved.std {
        command.push("-Zbuild-std=std,panic_unwind".to_owned());
        if resolved.native {
            // Build scripts must not be built with the target's std: pass `--target`.
            command.extend(["--target".to_owned(), triple.clone()]);
        }
        if bootstrap {
            env.push(("RUSTC_BOOTSTRAP".to_owned(), "1".to_owned()));
        }
        dir.push_str("-std");
    }
    if request.lto {
        dir.push_str("-lto");
    }
    env.extend(resolved.lto.iter().cloned());
    let dir = context.target_dir().join(dir);
    env.push(("CARGO_TARGET_DIR".to_owned(), dir.display().to_string()));
    env.extend(linker_and_runner(resolved));
    // xtask reads cargo's output, and writes it to a log.
    command.push("--message-format=json-render-diagnostics".to_owned());
    if !last.is_empty() {
        command.push("--".to_owned());
        command.extend(last.iter().cloned());
    }
    Job {
        program: std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()),
        args: command,
        env,
        cwd: context.root.clone(),
    }
}

/// The arguments that select the profile and the features.
fn profile_and_features(request: &BuildRequest) -> Vec<String> {
    let mut args = Vec::new();
    if request.release || (request.lto && request.profile.is_none()) {
        args.push("--release".to_owned());
    }
    if let Some(profile) = &request.profile {
        args.extend(["--profile".to_owned(), profile.clone()]);
    }
    if request.no_default_features {
        args.push("--no-default-features".to_owned());
    }
    let lto = request.lto.then_some("lto");
    let features: Vec<String> = request
        .features
        .iter()
        .map(String::as_str)
        .chain(lto)
        .map(|feature| format!("snmalloc-rs/{feature}"))
        .collect();
    if !features.is_empty() {
        args.extend(["--features".to_owned(), features.join(",")]);
    }
    args
}

/// The variables that set cargo's linker and runner for the target.
fn linker_and_runner(resolved: &Resolved) -> Vec<(String, String)> {
    let mut env = Vec::new();
    if let Some(linker) = &resolved.toolchain.linker {
        env.push((
            resolved.target.cargo_variable("LINKER"),
            linker.program.display().to_string(),
        ));
    }
    match &resolved.toolchain.runner {
        Ok(runner) if !runner.is_empty() => {
            env.push((resolved.target.cargo_variable("RUNNER"), runner.join(" ")));
            env.extend(resolved.toolchain.runner_env.iter().cloned());
        }
        _ => {}
    }
    env
}

/// The requested form of GCC's run-time library, if GCC links the target.
pub fn mingw_runtime(request: &BuildRequest, target: &Target) -> Option<MingwRuntime> {
    let by_gcc = target.os == "windows" && target.env == "gnu" && target.abi != "llvm";
    request.mingw_runtime.filter(|_| by_gcc)
}

/// The job for `rustup target add`.
pub fn rustup_job(target: &Target, context: &Context) -> Job {
    Job {
        program: "rustup".to_owned(),
        args: ["target", "add", &target.triple]
            .map(str::to_owned)
            .to_vec(),
        env: Vec::new(),
        cwd: context.root.clone(),
    }
}
