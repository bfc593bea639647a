//! The pipelines' jobs: their lists, and running them on this machine.

use std::collections::BTreeSet;

use serde_json::Value;
use snmalloc_toolchains::catalog;

use crate::needs;
use crate::support::needs::Need;
use crate::support::{Run, copy_of_the_tree, machine, refused, root, script};

fn matrix(args: &[&str]) -> String {
    let args = [&["matrix"], args].concat();
    Run::xtask(&args).end().expect_code(0).stdout
}

fn names(list: &Value) -> BTreeSet<String> {
    let jobs = list.as_array().expect("a list").iter();
    jobs.map(|job| job["job"].as_str().expect("a name").to_owned())
        .collect()
}

#[test]
fn targets_run_in_exactly_the_jobs_of_their_rows() {
    let text = matrix(&["--event", "schedule", "--format", "github"]);
    assert_eq!(text.lines().count(), 1, "an output of a step is one line");
    let matrix: Value = serde_json::from_str(&text).expect("JSON");
    let jobs = matrix["include"].as_array().expect("a list");
    let targets = |job: &Value| -> Vec<String> {
        serde_json::from_value(job["targets"].clone()).expect("targets")
    };
    for entry in catalog::ENTRIES {
        let jobs_of_target: BTreeSet<&str> = jobs
            .iter()
            .filter(|job| targets(job).iter().any(|target| target == entry.triple))
            .map(|job| job["job"].as_str().expect("a name"))
            .collect();
        let row: BTreeSet<&str> = entry.jobs.iter().copied().collect();
        assert_eq!(jobs_of_target, row, "{}", entry.triple);
    }
    for job in jobs {
        for target in targets(job) {
            let entry = catalog::entry(&target).expect("a target of the catalog");
            assert!(entry.refused.is_none(), "{target}");
        }
    }
}

#[test]
fn pull_request_runs_less_and_github_event_names_are_accepted() {
    let at = |event: &str| -> Value {
        let text = matrix(&["--event", event, "--format", "json"]);
        serde_json::from_str::<Value>(&text).expect("JSON")["jobs"].clone()
    };
    let (small, push, full) = (
        names(&at("pull_request")),
        names(&at("push")),
        names(&at("schedule")),
    );
    assert!(small.len() < push.len() && push.len() < full.len());
    assert!(small.is_subset(&push) && push.is_subset(&full));
    assert_eq!(full, names(&at("workflow_dispatch")));
    let args = |jobs: &Value, name: &str| {
        let mut jobs = jobs.as_array().expect("a list").iter();
        let job = jobs.find(|job| job["job"] == name).expect("a job");
        job["args"].as_str().expect("arguments").to_owned()
    };
    assert_eq!(args(&at("pull_request"), "cross"), "--part");
    assert_eq!(args(&at("pull_request"), "tidy"), "");
    assert_eq!(args(&at("schedule"), "cross"), "");
    let of_bsd = matrix(&["--workflow", "bsd", "--format", "markdown"]);
    assert!(of_bsd.lines().skip(2).all(|line| line.contains("| bsd |")));
    assert!(of_bsd.contains("`x86_64-unknown-freebsd`"));
    refused("matrix --workflow cross --format cirrus", "FreeBSD only");
    let cirrus = matrix(&["--format", "cirrus"]);
    let file = std::fs::read_to_string(root().join(".cirrus.yml")).expect("a file");
    assert_eq!(
        file, cirrus,
        "`cargo xtask matrix --format cirrus >.cirrus.yml` renews it"
    );
    let bsd = std::fs::read_to_string(root().join(".github/workflows/bsd.yml")).expect("a file");
    let installs = file
        .lines()
        .find_map(|line| line.trim().strip_prefix("install_script: "));
    assert!(
        bsd.contains(installs.expect("a line")),
        "FreeBSD has other packages there"
    );
}

#[test]
fn job_for_another_machine_is_refused() {
    Run::xtask(&["ci", "--job", "openbsd"])
        .end()
        .expect_code(3)
        .expect_error(&[
            "job `openbsd` needs OpenBSD on x86-64",
            "searched: this machine",
        ]);
    refused("ci --job lunix", "lunix");
    refused("ci", "--job");
    let list = Run::xtask(&["ci", "--list"]).end().expect_code(0).stdout;
    let openbsd = list.lines().find(|line| line.starts_with("openbsd "));
    assert!(openbsd.expect("a line").contains(" elsewhere "), "{list}");
}

#[test]
fn a_part_of_a_job_has_fewer_targets_and_names_the_rest() {
    let targets = |words: &[&str]| {
        let words = [&["ci", "--job", "cross", "--dry-run"], words].concat();
        let ended = Run::xtask(&words).end().expect_code(0);
        let number = ended.stdout.matches("--target ").count();
        (number, ended.stderr)
    };
    let (all, said) = targets(&[]);
    assert!(!said.contains("left out"), "{said}");
    let (part, said) = targets(&["--part"]);
    assert!(part < all, "{part} of {all}");
    let counts = format!("cross: {part} of {all} targets; left out: ");
    let left = said.lines().find_map(|line| line.split_once(&counts));
    let (_, left) = left.unwrap_or_else(|| panic!("{said}"));
    assert_eq!(left.split(", ").count(), all - part);
    refused("ci --job tidy --part", "job `tidy` has no parts");
}

/// `docs` is a single cargo step; `audit` runs xtask, which is not rebuilt for it.
#[test]
fn job_runs_its_steps_and_names_the_failed_one() {
    let dir = tempfile::tempdir().unwrap();
    let bin = dir.path().join("bin");
    let path = machine::path_after(&bin);
    let ci = |job: &str, args: &[&str]| {
        Run::xtask(&[&["ci", "--job", job], args].concat())
            .env("PATH", &path)
            .env("CARGO", bin.join("cargo"))
            .env("CARGO_TARGET_DIR", dir.path().join("target"))
            .end()
    };
    script(&bin.join("cargo-deny"), "exit 0");
    script(&bin.join("cargo"), "echo \"asked: $*, $DOCS_RS\"");
    let ended = ci("docs", &[]).expect_code(0);
    let cargo_doc = ended
        .stdout
        .lines()
        .find(|line| line.contains("asked: doc "));
    assert!(
        cargo_doc.is_some_and(|line| line.ends_with(", 1")),
        "{}",
        ended.stdout
    );
    script(&bin.join("cargo"), "exit 7");
    ci("docs", &[]).expect_code(1).expect_error(&[
        "docs, step 1 of 1 failed",
        "cargo doc --locked",
        "cargo xtask ci --job docs",
    ]);
    ci("audit", &[]).expect_code(1).expect_error(&[
        "rules of ./Cargo.lock",
        "audit, step 1 of 1 failed",
        "`cargo xtask audit --deny-skip`",
    ]);
    let dry = ci("audit", &["--dry-run"]).expect_code(0).stdout;
    assert!(dry.ends_with("&& cargo xtask audit --deny-skip\n"), "{dry}");
}

#[test]
fn unknown_command_or_target_in_a_workflow_is_found() {
    needs!(Need::Git);
    let dir = tempfile::tempdir().unwrap();
    let tree = dir.path().join("tree");
    copy_of_the_tree(&tree);
    let git = Run::new("git").dir(&tree).end_with(&["init", "-q"]);
    git.expect_code(0);
    let file = tree.join(".github/workflows/audit.yml");
    let text = std::fs::read_to_string(&file).unwrap();
    let broken = text.replace(
        "--job audit",
        "--job adit --target x86_64-unknown-linux-gmu",
    );
    assert_ne!(text, broken);
    std::fs::write(&file, broken).unwrap();
    Run::xtask(&["tidy", "--tree"])
        .env("CARGO_MANIFEST_DIR", tree.join("xtask"))
        .end()
        .expect_code(1)
        .expect_error(&[
            "audit.yml:",
            "unexpected argument '--target'",
            "there is no target `x86_64-unknown-linux-gmu`",
        ]);
}
