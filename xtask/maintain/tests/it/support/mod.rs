//! Runs commands as a user would, in directories for tests.

pub mod machine;
pub mod needs;

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::SystemTime;

/// Our own package, not the one with the same name that has the C++ source.
pub const SYS: &str = concat!("snmalloc-sys@", env!("CARGO_PKG_VERSION"));

/// xtask with every command.
pub const XTASK: &str = env!("CARGO_BIN_EXE_xtask-maintain");

/// The root of the repository.
pub fn root() -> PathBuf {
    let package = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let root = package.ancestors().nth(2);
    root.expect("a workspace").to_owned()
}

/// A directory for the tests' builds, cached between runs (of either builder) so that later
/// runs are fast; `name` separates tests that run in parallel.
pub fn target_dir(name: &str) -> PathBuf {
    // cargo's directory for tests is `tmp` in the target directory. xtask runs the tests with a
    // target directory below `xtask`.
    let built = Path::new(env!("CARGO_TARGET_TMPDIR")).parent();
    let built = built.expect("a target directory");
    let xtask = built.parent().filter(|dir| dir.ends_with("xtask"));
    let xtask = xtask.map_or_else(|| built.join("xtask"), Path::to_owned);
    xtask.join("it").join(name)
}

/// A directory in which cargo builds our package. A new one starts with the package's
/// build-dependencies, copied from a directory in which they were compiled once.
pub fn build_dir(name: &str) -> PathBuf {
    static COMPILED: OnceLock<()> = OnceLock::new();
    let (dir, first) = (target_dir(name), target_dir("build-dependencies"));
    COMPILED.get_or_init(|| {
        Run::cargo(&["build", "--package", SYS, "--locked"])
            .env("CARGO_TARGET_DIR", &first)
            .end()
            .expect_code(0);
    });
    if !dir.exists() {
        let copy = dir.with_extension(format!("{:?}", std::thread::current().id()));
        Run::new("cp")
            .end_with(&["-a", first.to_str().unwrap(), copy.to_str().unwrap()])
            .expect_code(0);
        // Another test may have made it first.
        if fs::rename(&copy, &dir).is_err() {
            fs::remove_dir_all(&copy).expect("a directory of our own");
        }
    }
    dir
}

/// The number of the day, to select a part of a test that is too long for one run.
pub fn day() -> u64 {
    let since = SystemTime::UNIX_EPOCH.elapsed();
    since.map_or(0, |since| since.as_secs() / 86_400)
}

/// The result of a command.
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ended {
    #[track_caller]
    pub fn expect_code(self, code: i32) -> Self {
        assert_eq!(
            self.code,
            Some(code),
            "stdout:\n{}\nstderr:\n{}",
            self.stdout,
            self.stderr
        );
        self
    }

    #[track_caller]
    pub fn expect_error(self, texts: &[&str]) -> Self {
        for text in texts {
            assert!(
                self.stderr.contains(text),
                "`{text}` is not in:\n{}",
                self.stderr
            );
        }
        self
    }
}

/// A command on the machine that the test has requested ([`machine`]).
pub struct Run(Command);

impl Run {
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        let mut command = Command::new(program);
        machine::describe(&mut command);
        command.current_dir(root());
        Self(command)
    }

    /// `cargo xtask ARGS`.
    pub fn xtask(args: &[&str]) -> Self {
        let mut run = Self::new(XTASK);
        run.0.args(args);
        run
    }

    /// `cargo ARGS`.
    pub fn cargo(args: &[&str]) -> Self {
        let mut run = Self::new(machine::cargo());
        run.0.args(args);
        run
    }

    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.0.env(name, value);
        self
    }

    pub fn dir(mut self, dir: &Path) -> Self {
        self.0.current_dir(dir);
        self
    }

    pub fn command(&mut self) -> &mut Command {
        &mut self.0
    }

    pub fn end(mut self) -> Ended {
        let output = self.0.output().expect("the program starts");
        Ended {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// Checks that a wrong command, its arguments separated by spaces, prints this error.
#[track_caller]
pub fn refused(args: &str, expected: &str) {
    let args: Vec<&str> = args.split(' ').collect();
    Run::xtask(&args)
        .end()
        .expect_code(2)
        .expect_error(&[expected]);
}

/// Writes an executable shell script: a fake tool, for tests of the search for tools and of
/// the reports of their failures.
pub fn script(path: &Path, body: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
    fs::write(path, format!("#!/bin/sh\n{body}\n")).expect("a script");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("a script");
}

/// Sends SIGINT, as Ctrl-C does.
pub fn interrupt(child: &std::process::Child) {
    let pid = i32::try_from(child.id()).expect("a process's number");
    let pid = nix::unistd::Pid::from_raw(pid);
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGINT).expect("a child that runs");
}

/// A directory to use as the whole `PATH`: links to the real programs with these names, and
/// the programs that every build needs.
pub fn path_with(dir: &Path, programs: &[&str]) -> PathBuf {
    let bin = dir.join("bin");
    fs::create_dir_all(&bin).expect("a directory");
    for name in programs
        .iter()
        .chain(&["sh", "as", "ld", "rustc", "cc", "ar"])
    {
        let link = bin.join(name);
        if !link.exists() {
            std::os::unix::fs::symlink(machine::program(name), link).expect("a link");
        }
    }
    bin
}

/// A fake rustc that prints a fake sysroot with the standard libraries of these targets, and
/// otherwise runs the real one.
pub fn fake_sysroot(dir: &Path, installed: &[&str]) -> PathBuf {
    let sysroot = dir.join("sysroot");
    fs::create_dir_all(&sysroot).expect("a directory");
    for target in installed {
        let lib = sysroot.join("lib/rustlib").join(target).join("lib");
        fs::create_dir_all(&lib).expect("a directory");
        fs::write(lib.join("libstd-0.rlib"), "").expect("a file");
    }
    let rustc = dir.join("fake-rustc");
    let real = machine::rustc();
    let body = format!(
        "[ \"$2\" = sysroot ] && echo '{}' && exit\nexec '{}' \"$@\"",
        sysroot.display(),
        real.display()
    );
    script(&rustc, &body);
    rustc
}

/// Copies the files that git doesn't ignore.
pub fn copy_of_the_tree(to: &Path) {
    let list = Run::new("git")
        .end_with(&["ls-files", "--cached", "--others", "--exclude-standard"])
        .expect_code(0);
    for name in list.stdout.lines() {
        let (from, to) = (root().join(name), to.join(name));
        fs::create_dir_all(to.parent().expect("a directory")).expect("a directory");
        if from.is_file() {
            fs::copy(from, to).expect("a copy");
        }
    }
}

/// Runs git in a tree; equal commits have the same hash everywhere.
pub fn git(tree: &Path, args: &[&str]) {
    let mut git = Run::new("git").dir(tree);
    for who in ["AUTHOR", "COMMITTER"] {
        for (what, value) in [
            ("NAME", "a"),
            ("EMAIL", "a@b"),
            ("DATE", "1700000000 +0000"),
        ] {
            git = git.env(&format!("GIT_{who}_{what}"), value);
        }
    }
    git.end_with(args).expect_code(0);
}

/// A copy of the tree as a repository with one commit.
pub fn committed(tree: &Path) {
    copy_of_the_tree(tree);
    git(tree, &["init", "--quiet"]);
    git(tree, &["add", "--all"]);
    git(tree, &["commit", "--quiet", "--message", "all"]);
}

/// `cargo xtask ARGS` in a tree.
pub fn xtask_in(tree: &Path, args: &[&str]) -> Run {
    let mut run = Run::xtask(args)
        .env("CARGO_MANIFEST_DIR", tree.join("xtask"))
        .env("CARGO_TARGET_DIR", tree.join("target"));
    run.command().env_remove("SOURCE_DATE_EPOCH");
    run
}

impl Run {
    pub fn end_with(mut self, args: &[&str]) -> Ended {
        self.0.args(args);
        self.end()
    }
}

/// A copy of the tree with the C++ source vendored in it.
pub fn vendored_tree(to: &Path) {
    copy_of_the_tree(to);
    Run::xtask(&["vendor"])
        .env("CARGO_MANIFEST_DIR", to.join("xtask"))
        .end()
        .expect_code(0);
}
