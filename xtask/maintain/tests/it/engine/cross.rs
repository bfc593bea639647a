//! cross: the commands, and its settings.

use std::path::Path;

use super::{AARCH64, fake_engine};
use crate::support::{Run, fake_sysroot, script};

/// With a fake cross: the commands, and the variables that it passes into the container.
#[test]
fn cross_follows_user_variables() {
    let dir = tempfile::tempdir().unwrap();
    let path = fake_engine(dir.path());
    let bin = Path::new(&path);
    script(&bin.join("cross"), "echo cross 0.2.5");
    script(&bin.join("rustup"), "echo fake-toolchain");
    let target_dir = dir.path().join("target");
    let run = |variables: &[(&str, &str)]| {
        let mut run = Run::xtask(&["build", "--engine", "cross", "--target", AARCH64])
            .env("PATH", &path)
            .env("RUSTC", fake_sysroot(dir.path(), &[AARCH64]))
            .env("CARGO_TARGET_DIR", &target_dir);
        for (name, value) in variables {
            run = run.env(name, value);
        }
        run.end_with(&[
            "--std",
            "prebuilt",
            "--image",
            "i:1",
            "--dry-run",
            "--offline",
        ])
    };
    let builder = "SNMALLOC_BUILDER_aarch64_unknown_linux_gnu";
    for (variables, expected) in [
        (&[][..], "cmake"),
        (&[("SNMALLOC_BUILDER", "cc")], "cc"),
        (&[(builder, "cc"), ("SNMALLOC_BUILDER", "cmake")], "cc"),
    ] {
        let line = run(variables).expect_code(0).stdout;
        let args = format!(" {builder}={expected} ");
        assert!(line.contains(&args), "{variables:?}: {line}");
    }
    run(&[("SNMALLOC_BUILDER", "make")])
        .expect_code(3)
        .expect_error(&["SNMALLOC_BUILDER is `make`"]);
    run(&[("CC_SHELL_ESCAPED_FLAGS", "1"), ("HOST_CXXFLAGS", "-g")]).expect_code(0);
    let settings = target_dir.join(format!("xtask/cross/{AARCH64}/Cross.toml"));
    let settings = std::fs::read_to_string(settings).unwrap();
    for name in ["CC_SHELL_ESCAPED_FLAGS", "HOST_CXXFLAGS"] {
        assert!(settings.contains(&format!("\"{name}\"")), "{settings}");
    }
}

#[test]
fn cross_toml_sets_linker_and_runner() {
    let args = ["cross-config", "--image", "i:1", "--target", AARCH64];
    let text = Run::xtask(&args).end().expect_code(0).stdout;
    for part in [
        "[target.aarch64-unknown-linux-gnu]\nimage = \"i:1\"\n",
        "[target.aarch64-unknown-linux-gnu.env]\npassthrough = [\n",
        "_LINKER=/usr/bin/aarch64-linux-gnu-gcc\"",
        "_RUNNER=/usr/bin/qemu-aarch64 -L /usr/aarch64-linux-gnu\"",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}
