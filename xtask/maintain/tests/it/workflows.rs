//! The pipeline files: rules that linters don't know.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use saphyr::{LoadableYamlNode as _, Yaml};
use serde_json::Value;

use crate::support::{Run, root};

/// Each workflow's name and text.
fn workflows() -> BTreeMap<String, String> {
    let dir = root().join(".github/workflows");
    let files = fs::read_dir(dir).expect("a directory");
    let files: BTreeMap<String, String> = files
        .map(|entry| {
            let path = entry.expect("a file").path();
            let name = path.file_stem().expect("a name").to_string_lossy();
            (name.into_owned(), fs::read_to_string(&path).expect("text"))
        })
        .collect();
    assert_eq!(files.len(), 10);
    files
}

fn parsed(text: &str) -> Yaml<'_> {
    Yaml::load_from_str(text).expect("YAML").remove(0)
}

fn get<'a>(node: &'a Yaml<'a>, key: &str) -> Option<&'a Yaml<'a>> {
    node.as_mapping_get(key)
}

fn text<'a>(node: &'a Yaml<'a>, key: &str) -> &'a str {
    get(node, key).and_then(Yaml::as_str).unwrap_or_default()
}

/// The jobs with their names.
fn jobs<'a>(workflow: &'a Yaml<'a>) -> BTreeMap<&'a str, &'a Yaml<'a>> {
    let jobs = get(workflow, "jobs").and_then(Yaml::as_mapping);
    let jobs = jobs.expect("jobs").iter();
    jobs.map(|(name, job)| (name.as_str().expect("a name"), job))
        .collect()
}

fn steps<'a>(job: &'a Yaml<'a>) -> Vec<&'a Yaml<'a>> {
    let steps = get(job, "steps").and_then(Yaml::as_vec);
    steps
        .map(|steps| steps.iter().collect())
        .unwrap_or_default()
}

#[test]
fn jobs_have_minimal_permissions_and_a_timeout() {
    for (file, content) in workflows() {
        let workflow = parsed(&content);
        let none = get(&workflow, "permissions").and_then(Yaml::as_mapping);
        assert!(none.expect("permissions").is_empty(), "{file}");
        for text in [
            "secrets.",
            "pull_request_target",
            "workflow_run",
            "self-hosted",
        ] {
            assert!(!content.contains(text), "{file}: {text}");
        }
        for (name, job) in jobs(&workflow) {
            let at = format!("{file}, {name}");
            assert!(
                get(job, "timeout-minutes").is_some() || get(job, "uses").is_some(),
                "{at}: no timeout"
            );
            for step in steps(job) {
                let line = text(step, "run");
                assert!(!line.contains("${{"), "{at}: `{line}` takes text for shell");
                if text(step, "uses").starts_with("actions/checkout@") {
                    let with = get(step, "with").expect("settings");
                    let keep = get(with, "persist-credentials").and_then(Yaml::as_bool);
                    assert_eq!(keep, Some(false), "{at}");
                }
            }
        }
    }
}

#[test]
fn actions_are_pinned_by_commit_with_their_version() {
    let mut pins = BTreeMap::new();
    for (file, content) in workflows() {
        for line in content.lines().filter(|line| line.contains("uses: ")) {
            let (_, action) = line.split_once("uses: ").expect("an action");
            if action.starts_with("$/") {
                continue;
            }
            let (name, rest) = action.split_once('@').expect("a commit");
            let (commit, version) = rest.split_once(" # v").expect("a version");
            let hex = commit.chars().all(|c| c.is_ascii_hexdigit());
            assert!(hex && commit.len() == 40, "{file}: {line}");
            assert!(version.starts_with(|c: char| c.is_ascii_digit()), "{line}");
            let known = pins.entry(name.to_owned()).or_insert(rest.to_owned());
            assert_eq!(known, rest, "{name}: two commits");
        }
    }
    assert!(pins.len() > 8, "{pins:?}");
}

/// Branch protection identifies required checks by name only.
#[test]
fn one_gate_waits_for_every_other_job() {
    for (file, content) in workflows() {
        if file == "jobs" {
            continue;
        }
        let workflow = parsed(&content);
        assert!(get(&workflow, "concurrency").is_some(), "{file}");
        let jobs = jobs(&workflow);
        let gate = jobs.get("gate").expect("a gate");
        assert_eq!(text(gate, "if"), "always()", "{file}");
        assert_eq!(text(gate, "name"), format!("{file} gate"));
        let needs = get(gate, "needs").and_then(Yaml::as_vec).expect("a list");
        let needs: Vec<&str> = needs.iter().filter_map(Yaml::as_str).collect();
        for name in jobs.keys().filter(|name| **name != "gate") {
            assert!(
                needs.contains(name),
                "{file}: the gate doesn't wait for {name}"
            );
        }
    }
}

#[test]
fn one_rust_builds_everything() {
    let files = workflows();
    let lines = files.values().flat_map(|content| content.lines());
    let named: BTreeSet<&str> = lines
        .filter_map(|line| line.trim().strip_prefix("RUST: "))
        .collect();
    assert_eq!(named.len(), 1, "{named:?}");
}

/// Git's bash on Windows sets `MSYSTEM` to its own.
#[test]
fn msys2_environment_is_set_by_the_matrix() {
    for (file, content) in workflows() {
        let workflow = parsed(&content);
        for (name, job) in jobs(&workflow) {
            for step in steps(job) {
                let sets = get(step, "env").is_some_and(|env| get(env, "MSYSTEM").is_some());
                assert!(!sets || text(step, "shell") == "pwsh", "{file}, {name}");
            }
        }
    }
}

/// Each job's file matches the table.
#[test]
fn every_job_of_the_table_is_started() {
    let ended = Run::xtask(&["matrix", "--event", "release", "--format", "json"]).end();
    let table: Value = serde_json::from_str(&ended.expect_code(0).stdout).expect("JSON");
    let files = workflows();
    for row in table["jobs"].as_array().expect("jobs") {
        let field = |key: &str| row[key].as_str().expect("a word");
        let (name, file) = (field("job"), field("workflow"));
        let content = &files[file];
        let workflow = parsed(content);
        let jobs = jobs(&workflow);
        let runs_all = |job: &&&Yaml<'_>| {
            text(job, "uses").ends_with("/jobs.yml")
                && get(job, "with").is_some_and(|with| text(with, "workflow") == file)
        };
        if jobs.values().any(|job| runs_all(&job)) {
            continue;
        }
        let job = jobs
            .get(name)
            .unwrap_or_else(|| panic!("{file}: no job {name}"));
        assert_eq!(text(job, "runs-on"), field("runner"), "{name}");
        let minutes = get(job, "timeout-minutes").and_then(Yaml::as_integer);
        assert_eq!(minutes, row["minutes"].as_i64(), "{name}");
        let command = format!("cargo xtask ci --job {name}");
        let calls = |step: &&Yaml<'_>| {
            let with = |key: &str| get(step, "with").map(|with| text(with, key));
            [Some(text(step, "run")), with("run"), with("script")]
                .into_iter()
                .flatten()
                .any(|line| line.starts_with(&command))
        };
        assert!(
            steps(job).iter().any(calls),
            "{file}: nothing runs `{command}`"
        );
        let installs = steps(job)
            .iter()
            .find_map(|step| text(step, "run").strip_prefix("bash .ci/provision "))
            .unwrap_or_default();
        assert_eq!(installs, field("provision"), "{name}");
        let left_out = text(job, "if") == "github.event_name != 'pull_request'";
        let on_request = content.contains("\n  pull_request:");
        let skipped_on_pull_requests = field("event") != "pull-request" && on_request;
        assert_eq!(left_out, skipped_on_pull_requests, "{name}");
    }
}

/// The workflow installs the tools in the versions of the table.
#[test]
fn release_tools_have_the_versions_of_the_table() {
    let table =
        fs::read_to_string(root().join("xtask/maintain/src/ci/jobs/targets_and_release.rs"));
    let table = table.expect("text");
    let install = table.lines().find(|line| line.contains("--version"));
    let install = install.expect("a line").trim().trim_matches([',', '"']);
    assert!(install.ends_with(" cargo-semver-checks"), "{install}");
    let release = &workflows()["release"];
    let workflow = parsed(release);
    let semver = jobs(&workflow)["semver"];
    let runs = |step: &&Yaml<'_>| text(step, "run") == install;
    assert!(
        steps(semver).iter().any(runs),
        "release.yml: nothing runs `{install}`"
    );
}

/// The token is only for uploads: everything that compiles or checks runs before.
#[test]
fn only_one_step_has_the_registry_token() {
    let files = workflows();
    let workflow = parsed(&files["release"]);
    let mut seen = Vec::new();
    for (name, job) in jobs(&workflow) {
        for step in steps(job) {
            if get(step, "env").is_some_and(|env| get(env, "CARGO_REGISTRY_TOKEN").is_some()) {
                seen.push((name, text(step, "run")));
            }
        }
    }
    let publish = "cargo xtask publish --from target/attested --tag \"$TAG\"";
    assert_eq!(seen, [("publish", publish)]);
    let publish = steps(jobs(&workflow)["publish"]);
    let at = |matches: &dyn Fn(&Yaml<'_>) -> bool| {
        let found = publish.iter().position(|step| matches(step));
        found.expect("a step")
    };
    let dry = at(&|step| text(step, "run").ends_with("--dry-run"));
    assert!(dry < at(&|step| text(step, "id") == "auth"));
}
