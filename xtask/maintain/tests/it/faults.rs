//! Faults of the machine: a full disk, missing directories, few open files, a clock that goes
//! back, broken compilers, what another version has left. Each is one message and an exit code,
//! and the next run works.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::needs;
use crate::support::needs::{Need, mount_args};
use crate::support::{Ended, Run, XTASK, committed, path_with, script, target_dir};

/// Runs a shell script that may mount file systems on `dir`.
fn with_mounts(dir: &Path, body: &str) -> Run {
    let mut run = Run::new("unshare")
        .env("DIR", dir)
        .env("XTASK", XTASK)
        .env("CARGO_TARGET_DIR", dir.join("target"));
    let args = mount_args().expect("permission to mount");
    run.command().args(args).args(["sh", "-c", body]);
    run
}

/// Runs `args` on a full disk of each size, then on one with enough space.
fn on_full_disks(dir: &Path, sizes: &str, args: &str) -> Run {
    let body = format!(
        "mount -t tmpfs -o size=1k none \"$DIR\" || exit 99\n\
         for size in {sizes}; do\n\
         mount -o remount,size=$size \"$DIR\" && \"$XTASK\" {args} >&2; echo $size $?\n\
         done\n\
         mount -o remount,size=1g \"$DIR\" && \"$XTASK\" {args} >&2; echo enough $?"
    );
    with_mounts(dir, &body)
}

#[test]
fn build_on_a_full_disk_is_an_error_and_can_be_repeated() {
    needs!(Need::Mounts);
    let dir = tempfile::tempdir().unwrap();
    // The first log, the first crate, the build script, the libraries.
    let ended = on_full_disks(dir.path(), "4k 64k 2m 12m 40m", "build --builder cc").end();
    let codes = "4k 1\n64k 1\n2m 1\n12m 1\n40m 1\nenough 0\n";
    assert_eq!(ended.stdout, codes, "{}", ended.stderr);
    let reasons = ended.stderr.matches("No space left on device").count();
    assert!(reasons >= 5, "{reasons}: {}", ended.stderr);
}

#[test]
fn package_on_a_full_disk_is_a_short_error_and_can_be_repeated() {
    needs!(Need::Mounts, Need::Git);
    let dir = tempfile::tempdir().unwrap();
    let (tree, disk) = (dir.path().join("tree"), dir.path().join("disk"));
    committed(&tree);
    fs::create_dir(&disk).unwrap();
    // The clone's first file, its files, the packages.
    let ended = on_full_disks(&disk, "64k 2m", "package --no-test")
        .env("CARGO_MANIFEST_DIR", tree.join("xtask"))
        .end();
    assert_eq!(ended.stdout, "64k 1\n2m 1\nenough 0\n", "{}", ended.stderr);
    let errors = ended.expect_error(&["help: the disk may be full"]).stderr;
    assert!(errors.lines().count() < 25, "{errors}");
}

#[test]
fn read_only_target_directory_is_named() {
    needs!(Need::Mounts, Need::Git);
    let dir = tempfile::tempdir().unwrap();
    for (args, expected) in [
        ("build", "xtask/logs: Read-only file system"),
        (
            "package --allow-dirty",
            "xtask/packaging: Read-only file system",
        ),
    ] {
        let body =
            format!("mount -t tmpfs -o ro none \"$DIR\" && exec \"$XTASK\" {args} --builder cc");
        with_mounts(dir.path(), &body)
            .end()
            .expect_code(1)
            .expect_error(&[expected]);
    }
}

#[test]
fn missing_temporary_directory_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let missing = dir.path().join("missing");
    Run::new(XTASK)
        .env("CARGO_TARGET_DIR", dir.path().join("target"))
        .env("TMPDIR", &missing)
        .end_with(&["test", "--builder", "cc", "--", "no_such_test"])
        .expect_code(3)
        .expect_error(&[&missing.display().to_string(), "set TMPDIR to a directory"]);
}

fn without(names: &[&str], args: &[&str]) -> Run {
    let mut run = Run::xtask(args);
    for name in names {
        run.command().env_remove(name);
    }
    run
}

#[test]
fn home_is_required_only_for_containers() {
    let dir = tempfile::tempdir().unwrap();
    let bin = path_with(dir.path(), &["cargo"]);
    let arch = std::env::consts::ARCH;
    script(
        &bin.join("docker"),
        &format!(
            "case \"$1\" in info) echo '{{\"Architecture\":\"{arch}\",\"SecurityOptions\":[]}}';; \
             context) echo unix:///x;; esac"
        ),
    );
    without(
        &["HOME", "CARGO_HOME"],
        &["build", "--engine", "container", "--image", "i:1"],
    )
    .env("PATH", bin)
    .end()
    .expect_code(3)
    .expect_error(&["neither CARGO_HOME nor HOME is set", "help: set HOME"]);
    without(&["HOME"], &["build", "--builder", "cc"])
        .env("CARGO_TARGET_DIR", target_dir("faults"))
        .end()
        .expect_code(0);
}

#[test]
fn two_builds_at_once_wait_for_each_other() {
    let dir = target_dir("faults-two");
    let _ = fs::remove_dir_all(&dir);
    let children = [(), ()].map(|()| {
        let mut run = Run::xtask(&["build", "--builder", "cc", "--json"]);
        run = run.env("CARGO_TARGET_DIR", &dir);
        let command: &mut Command = run.command();
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    });
    for child in children {
        let ended = child.wait_with_output().unwrap();
        let errors = String::from_utf8_lossy(&ended.stderr);
        assert!(ended.status.success(), "{errors}");
        let report: Value = serde_json::from_slice(&ended.stdout).expect("one JSON document");
        let artifact = report["results"][0]["artifact"].as_str();
        assert!(Path::new(artifact.expect("an archive")).is_file());
    }
}

/// A fake compiler that fails in its own way at every second call for the shim.
fn every_second(dir: &Path, fault: &str) -> std::path::PathBuf {
    let cxx = dir.join("fake-c++");
    let body = format!(
        "out= before=\n\
         for arg in \"$@\"; do [ \"$before\" = -o ] && out=$arg; before=$arg; done\n\
         case \"$*\" in *shim.cc*)\n\
         if [ -e '{0}' ]; then rm '{0}'; else >'{0}'; {fault}; fi;;\n\
         esac\n\
         exec c++ \"$@\"",
        dir.join("odd").display()
    );
    script(&cxx, &body);
    cxx
}

#[test]
fn a_compiler_that_fails_half_of_the_time_fails_only_these_builds() {
    needs!(Need::Cmake);
    let dir = tempfile::tempdir().unwrap();
    for (builder, fault, expected) in [
        ("cc", "kill -SEGV $$", "signal: 11"),
        (
            "cc",
            "head -c 5000 /dev/zero >\"$out\"; exit",
            "but its output doesn't define",
        ),
        ("cc", "exit", "shim.o"),
        ("cmake", "kill -SEGV $$", "Segmentation fault"),
        (
            "cmake",
            "head -c 5000 /dev/zero >\"$out\"; exit",
            "but its output doesn't define",
        ),
    ] {
        let cxx = every_second(dir.path(), fault);
        let build = || -> Ended {
            Run::xtask(&["build", "--builder", builder])
                .env("CXX", &cxx)
                // The build script runs again if a variable changes.
                .env("CXXFLAGS", format!("-DFAULT={}", fault.len()))
                .env("CARGO_TARGET_DIR", target_dir("faults"))
                .end()
        };
        build().expect_code(1).expect_error(&[expected]);
        build().expect_code(0);
    }
}

/// Runs `args` in a tree, with few open files.
fn with_few_files(files: u32, args: &str, tree: &Path) -> Ended {
    let line = format!("ulimit -n {files} && exec '{XTASK}' {args}");
    Run::new("sh")
        .env("CARGO_MANIFEST_DIR", tree.join("xtask"))
        .env("CARGO_TARGET_DIR", tree.join("target"))
        .end_with(&["-c", &line])
}

#[test]
fn thirty_two_open_files_are_enough_and_too_few_are_reported() {
    needs!(Need::Git);
    let dir = tempfile::tempdir().unwrap();
    committed(dir.path());
    for args in ["package --no-test", "build --builder cc"] {
        with_few_files(8, args, dir.path())
            .expect_code(1)
            .expect_error(&["Too many open files"]);
        with_few_files(32, args, dir.path()).expect_code(0);
    }
}

/// Gives all files in a directory a time in the future.
fn touch(dir: &Path, time: SystemTime) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            touch(&path, time);
        } else if let Ok(file) = fs::File::open(&path) {
            file.set_modified(time).unwrap();
        }
    }
}

#[test]
fn a_clock_that_goes_back_does_not_break_builds() {
    needs!(Need::Cmake);
    let dir = target_dir("faults-clock");
    let build = |flags: &str| {
        Run::xtask(&["build", "--builder", "cmake", "--json"])
            .env("CARGO_TARGET_DIR", &dir)
            .env("CXXFLAGS", flags)
            .end()
            .expect_code(0)
            .stdout
    };
    build("-DFIRST");
    touch(&dir, SystemTime::now() + Duration::from_secs(7200));
    build("-DFIRST");
    // CMake's and ninja's files are from the future, too.
    build("-DSECOND");
}

#[test]
fn what_another_version_has_left_is_replaced() {
    needs!(Need::Cmake);
    let dir = target_dir("faults-older");
    let build = |flags: &str| {
        Run::xtask(&["build", "--builder", "cmake"])
            .env("CARGO_TARGET_DIR", &dir)
            .env("CXXFLAGS", flags)
            .end()
    };
    build("-DFIRST").expect_code(0);
    let mut changed = 0;
    let scripts = fs::read_dir(dir.join("xtask/host-cmake/debug/build")).unwrap();
    for script in scripts.map(|entry| entry.unwrap().path()) {
        let out = script.join("out");
        for name in [
            "build/CMakeCache.txt",
            "plan.cmake",
            "plan.rsp",
            "compile_commands.json",
        ] {
            if out.join(name).is_file() {
                fs::write(out.join(name), "of another version\n").unwrap();
                changed += 1;
            }
        }
    }
    assert!(changed >= 4, "{changed}");
    build("-DSECOND").expect_code(0);
    // A file of the name of a directory is not ours to remove.
    let logs = dir.join("xtask/logs");
    fs::remove_dir_all(&logs).unwrap();
    fs::write(&logs, "").unwrap();
    build("-DSECOND")
        .expect_code(1)
        .expect_error(&["xtask/logs: "]);
    fs::remove_file(&logs).unwrap();
    build("-DSECOND").expect_code(0);
}
