//! A clone of the repository in which the commands run.

use std::fs;
use std::path::PathBuf;

use crate::support::{Run, git, root, target_dir, xtask_in};

/// The label of the short image; the builder's containers inherit it.
pub const LABEL: &str = "snmalloc-rs.kills";

/// The target whose image the clone builds.
pub const IMAGE_OF: &str = "x86_64-unknown-linux-musl";

/// A Dockerfile that installs nothing: the real one takes minutes.
const SHORT_IMAGE: &str = "\
ARG BASE=debian:bookworm-slim
FROM ${BASE}
LABEL snmalloc-rs.image=yes snmalloc-rs.kills=yes
ARG ZIG=
RUN sleep 2
";

/// The tests of snmalloc-rs that stay; linking all of them takes longer than a round.
const TESTS: [&str; 2] = ["tests/allocator.rs", "tests/edges.rs"];

/// A clone, and the temporary directory of its commands.
pub struct Tree {
    pub root: PathBuf,
    pub tmp: PathBuf,
}

impl Tree {
    /// Clones the last commit; what an earlier run has built stays.
    pub fn new() -> Self {
        let tree = Self {
            root: target_dir("kills").join("tree"),
            tmp: target_dir("kills").join("tmp"),
        };
        fs::create_dir_all(&tree.root).expect("a directory");
        let changes = Run::new("git").end_with(&["status", "--porcelain"]);
        if !changes.expect_code(0).stdout.is_empty() {
            println!("changes that no commit holds are not tested");
        }
        let from = root().display().to_string();
        git(&tree.root, &["init", "--quiet"]);
        git(&tree.root, &["fetch", "--quiet", &from, "HEAD"]);
        let checkout = ["checkout", "--quiet", "--force", "--detach", "FETCH_HEAD"];
        git(&tree.root, &checkout);
        tree.shorten();
        tree
    }

    /// Commits changes that make rounds short.
    fn shorten(&self) {
        let path = |name: &str| self.root.join(name);
        fs::write(path("docker/musl.Dockerfile"), SHORT_IMAGE).expect("a Dockerfile");
        let list = path("xtask/contents/snmalloc-rs.txt");
        let mut contents = String::new();
        for name in fs::read_to_string(&list).expect("a list").lines() {
            if name.starts_with("tests/") && !TESTS.contains(&name) {
                fs::remove_file(path("snmalloc-rs").join(name)).expect("a test");
            } else {
                contents += name;
                contents.push('\n');
            }
        }
        fs::write(list, contents).expect("a list");
        git(
            &self.root,
            &["commit", "--quiet", "--all", "--message", "short"],
        );
    }

    /// `cargo xtask ARGS` in the clone.
    pub fn xtask(&self, args: &[&str]) -> Run {
        xtask_in(&self.root, args)
            .dir(&self.root)
            .env("TMPDIR", &self.tmp)
    }

    /// An empty temporary directory.
    pub fn clear_tmp(&self) {
        let _ = fs::remove_dir_all(&self.tmp);
        fs::create_dir_all(&self.tmp).expect("a directory");
    }
}
