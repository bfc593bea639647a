//! Makes the base image from Debian's packages, without a registry.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use snmalloc_toolchains::{Error, Machine};

use crate::images::sources;
use xtask::context::Context;
use xtask::engine::client::Client;
use xtask::engine::diagnose;
use xtask::failure::Failure;
use xtask::images::base::LOCAL_BASE;
use xtask::images::{certificates, step};
use xtask::process::command::Job;
use xtask::process::scratch::Scratch;

const RELEASE: &str = "bookworm";

/// Makes the base image.
///
/// # Errors
/// A tool is missing, or fails.
pub fn make(engine: &Client, context: &Context) -> Result<(), Failure> {
    let machine = &context.machine;
    let tools = can_make(machine)?;
    let sources = sources::for_release(&sources::on_machine(machine), RELEASE);
    let Some(main) = sources.first() else {
        return Err(Error::new("this machine's apt names no mirror of Debian")
            .searched("/etc/apt/sources.list, /etc/apt/sources.list.d")
            .fix(diagnose::PULL_BASE)
            .into());
    };
    check_own_arch(engine, machine)?;

    // Removed, however this function ends.
    let dir = Scratch::new_in(&context.target_dir().join("image/base"))?;
    let root = dir.path().join("root");
    let job = |program: &Path, args: &[&str]| Job {
        program: program.display().to_string(),
        args: args.iter().map(|arg| (*arg).to_owned()).collect(),
        env: vec![("LC_ALL".to_owned(), "C".to_owned())],
        cwd: dir.path().to_owned(),
    };
    // debootstrap's mounts end with its own mount namespace.
    let debootstrap = job(
        &tools.unshare,
        &[
            "--mount",
            &tools.debootstrap.display().to_string(),
            "--variant=minbase",
            "--include=ca-certificates",
            RELEASE,
            "root",
            &main.uri,
        ],
    );
    let what = format!("Debian's {RELEASE}, by debootstrap");
    step(&debootstrap, "image-base", &what, engine, context)?;

    let list: String = sources.iter().map(sources::Source::line).collect();
    write(&root.join("etc/apt/sources.list"), list.as_bytes())?;
    if main.uri.starts_with("https:") {
        // apt in the images must trust the same authorities as this machine.
        for (name, file) in certificates::on_machine(machine) {
            let text = fs::read(&file).with_context(|| file.display().to_string())?;
            let anchors = root.join("usr/local/share/ca-certificates");
            write(&anchors.join(name), &text)?;
        }
        let update = ["--mount", "chroot", "root", "update-ca-certificates"];
        let update = job(&tools.unshare, &update);
        step(&update, "image-base-trust", "certificates", engine, context)?;
    }
    for left in ["var/cache/apt/archives", "var/lib/apt/lists"] {
        // Files that can't be removed only take space.
        let _ = fs::remove_dir_all(root.join(left));
    }
    let tar = job(
        &tools.tar,
        &["--numeric-owner", "-C", "root", "-cf", "base.tar", "."],
    );
    step(&tar, "image-base-tar", "packing it", engine, context)?;
    let import = job(
        Path::new(&engine.program),
        &[
            "import",
            "--change",
            "LABEL snmalloc-rs.base=yes",
            "base.tar",
            LOCAL_BASE,
        ],
    );
    step(&import, "image-base-import", LOCAL_BASE, engine, context)
}

struct Tools {
    debootstrap: PathBuf,
    unshare: PathBuf,
    tar: PathBuf,
}

/// Finds the tools that make a base image, and checks that the user is root.
fn can_make(machine: &dyn Machine) -> Result<Tools, Error> {
    let pull = diagnose::PULL_BASE;
    if machine.os() != "linux" {
        return Err(Error::new("a base image can be made on Linux only").fix(pull));
    }
    let find = |name: &str| {
        // An ordinary user's PATH has no sbin.
        machine
            .find_program(name)
            .or_else(|| machine.find_program(&format!("/usr/sbin/{name}")))
    };
    let Some(debootstrap) = find("debootstrap") else {
        return Err(Error::new("there is no debootstrap on this machine")
            .searched("PATH and /usr/sbin, for debootstrap")
            .fix("apt-get install debootstrap")
            .fix(pull));
    };
    let tool = |name: &str| {
        find(name).ok_or_else(|| {
            Error::new(format!("there is no {name} on this machine"))
                .searched(format!("PATH and /usr/sbin, for {name}"))
        })
    };
    let id = tool("id")?;
    let user = machine.run(&id, &["-u".to_owned()], "");
    if !user.is_ok_and(|output| output.stdout.trim() == "0") {
        return Err(
            Error::new("a base image can be made by root only: debootstrap needs chroot")
                .fix("sudo -E env \"PATH=$PATH\" cargo xtask image base")
                .fix(pull),
        );
    }
    Ok(Tools {
        debootstrap,
        unshare: tool("unshare")?,
        tar: tool("tar")?,
    })
}

/// Refuses an engine with another CPU: debootstrap makes an image for this machine's.
fn check_own_arch(engine: &Client, machine: &dyn Machine) -> Result<(), Failure> {
    let arch = engine.arch()?;
    let own_arch = machine
        .find_program("dpkg")
        .and_then(|dpkg| {
            let args = ["--print-architecture".to_owned()];
            machine.run(&dpkg, &args, "").ok()
        })
        .map(|output| output.stdout.trim().to_owned());
    let debian_s = match arch.as_str() {
        "386" => "i386",
        "arm" => "armhf",
        "ppc64le" => "ppc64el",
        other => other,
    };
    match own_arch {
        Some(own_arch) if !own_arch.is_empty() && own_arch != debian_s => Err(Error::new(format!(
            "{} runs on {arch}, and what is made here is for {own_arch}",
            engine.program
        ))
        .fix(diagnose::PULL_BASE)
        .into()),
        _ => Ok(()),
    }
}

fn write(file: &Path, content: &[u8]) -> Result<(), Failure> {
    let dir = file.parent().unwrap_or(file);
    fs::create_dir_all(dir).with_context(|| dir.display().to_string())?;
    Ok(fs::write(file, content).with_context(|| file.display().to_string())?)
}

#[cfg(test)]
mod tests {
    use super::can_make;
    use snmalloc_toolchains::{FakeMachine, Output};
    use xtask::engine::diagnose;

    #[test]
    fn debootstrap_requirements_are_checked() {
        let output = |text: &str| Output {
            success: true,
            stdout: text.to_owned(),
            ..Output::default()
        };
        let bare = FakeMachine::new("linux", "x86_64").with_var("PATH", "/bin");
        let with = bare
            .clone()
            .with_file("/usr/sbin/debootstrap", "")
            .with_file("/bin/tar", "")
            .with_file("/bin/unshare", "");
        let user = with.clone().with_program("/bin/id", "-u", output("1234\n"));
        let mac = FakeMachine::new("macos", "aarch64");
        for (machine, expected) in [
            (&bare, "apt-get install debootstrap"),
            (&user, "sudo -E env \"PATH=$PATH\" cargo xtask image base"),
            (&mac, diagnose::PULL_BASE),
        ] {
            assert_eq!(can_make(machine).err().unwrap().fixes[0], expected);
        }
        let root = with.with_program("/bin/id", "-u", output("0\n"));
        assert!(can_make(&root).is_ok());
    }
}
