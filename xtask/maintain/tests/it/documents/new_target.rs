//! Follows CONTRIBUTING's steps for a new target literally.

use std::fs;
use std::path::Path;

use super::fences::{self, Fence};
use crate::needs;
use crate::support::needs::Need;
use crate::support::{Run, copy_of_the_tree, target_dir};

/// Applies a block's change to the file that it names, which must have the old text.
fn apply(tree: &Path, fence: &Fence) {
    let mut lines = fence.text.lines();
    let name = lines.next().and_then(|line| line.strip_prefix("--- "));
    let file = tree.join(name.expect("a file's name"));
    let (mut old, mut new) = (String::new(), String::new());
    for line in lines {
        let (sign, text) = line.split_at(1);
        if sign != "+" {
            old.push_str(&format!("{text}\n"));
        }
        if sign != "-" {
            new.push_str(&format!("{text}\n"));
        }
    }
    let before = fs::read_to_string(&file).expect("the file");
    assert_eq!(
        before.matches(&old).count(),
        1,
        "{}: is not there:\n{old}",
        fence.at
    );
    fs::write(&file, before.replacen(&old, &new, 1)).expect("the file");
}

#[test]
fn steps_for_a_new_target_work() {
    // zig is the compiler for the new target.
    needs!(Need::Git, Need::Zig, Need::RustSrc);
    // Use the same path each time, so that a second run compiles only the changes.
    let tree = target_dir("new-target");
    let _ = fs::remove_dir_all(&tree);
    copy_of_the_tree(&tree);
    let git = |args: &[&str]| Run::new("git").dir(&tree).end_with(args).expect_code(0);
    git(&["init", "--quiet"]);
    git(&["add", "--all"]);

    let fences = fences::of("CONTRIBUTING.md");
    let patch = fences.iter().find(|fence| fence.language() == "diff");
    apply(&tree, patch.expect("a change"));
    // Don't build in the target directory of this xtask: cargo identifies the packages of a
    // workspace by their relative path, and would overwrite it with the changed one.
    let built = target_dir("new-target-built");
    let mut output = String::new();
    for fence in &fences {
        let ours = fence.value("in") == Some("new-target") && fence.value("needs").is_none();
        if fence.language() != "sh" || !ours {
            continue;
        }
        let ended = Run::new("bash")
            .dir(&tree)
            .env("CARGO_TARGET_DIR", &built)
            .env("CARGO_NET_OFFLINE", "true")
            .end_with(&["-euxo", "pipefail", "-c", &fence.text])
            .expect_code(0);
        output.push_str(&ended.stdout);
    }
    let added = "armv6-unknown-freebsd";
    assert!(
        output.contains("export CXX_armv6_unknown_freebsd="),
        "{output}"
    );
    assert!(output.contains(&format!("--target {added}")), "{output}");
    let changed = git(&["diff", "--name-only"]).stdout;
    for name in [
        "linux.txt",
        "macos.txt",
        "windows.txt",
        "catalog.rs",
        "docs/guide/targets.md",
    ] {
        assert!(changed.contains(name), "{name}: {changed}");
    }
    let diff = git(&["diff", "docs/guide/targets.md"]).stdout;
    let row =
        format!("+| `{added}` | bsd | 3 | GCC, clang, clang with a sysroot, zig | planned | ");
    assert!(diff.contains(&row), "{diff}");
    // No other changes: an outdated table or an unstable plan would show here.
    let lines = |sign: &str| diff.lines().filter(|line| line.starts_with(sign)).count();
    assert_eq!((lines("+|"), lines("-|")), (1, 0), "{diff}");
}
