//! Checks the table of jobs against the catalog.

use std::collections::BTreeSet;

use clap::Parser as _;
use snmalloc_toolchains::{Rung, catalog};

use crate::ci::{Event, Given, Place, Workflow, all, at, job};
use crate::cli::Maintain;
use xtask::cli::{Cli, Command};

/// The machine's own target, if it has exactly one.
fn own_target(place: Place) -> Option<&'static str> {
    match place {
        Place::Linux => Some("x86_64-unknown-linux-gnu"),
        Place::LinuxArm => Some("aarch64-unknown-linux-gnu"),
        Place::Mac => Some("aarch64-apple-darwin"),
        Place::MacIntel => Some("x86_64-apple-darwin"),
        Place::FreeBsd => Some("x86_64-unknown-freebsd"),
        Place::NetBsd => Some("x86_64-unknown-netbsd"),
        Place::OpenBsd => Some("x86_64-unknown-openbsd"),
        _ => None,
    }
}

#[test]
fn rows_and_jobs_name_each_other() {
    let names: BTreeSet<&str> = all().map(|job| job.name).collect();
    assert_eq!(names.len(), all().count(), "two jobs have one name");
    for entry in catalog::ENTRIES {
        let names: BTreeSet<&str> = entry.jobs.iter().copied().collect();
        assert_eq!(names.len(), entry.jobs.len(), "{}", entry.triple);
        for name in entry.jobs {
            assert!(job(name).is_some(), "{}: no job `{name}`", entry.triple);
        }
        assert!(
            entry.refused.is_none() || entry.jobs.is_empty(),
            "{}",
            entry.triple
        );
        let has = |names: &[&str]| names.iter().any(|name| entry.jobs.contains(name));
        let right = match entry.rung {
            Rung::Tested => has(&["linux", "cross", "wine32"]),
            Rung::Linked => has(&["link"]) && !has(&["linux", "cross"]),
            // Job `compile` covers every supported target.
            _ => !has(&["linux", "cross", "wine32", "link"]),
        };
        assert!(right, "{}: {}", entry.triple, entry.rung.name());
    }
    // If a row in the catalog names a job, the job must build its target.
    for job in all() {
        let asks = job.steps.iter().any(|step| step.contains("{targets}"));
        let targets = job.targets();
        let right = match own_target(job.place) {
            _ if asks => !targets.is_empty(),
            Some(own) => targets.is_empty() || targets == [own],
            None => targets.is_empty(),
        };
        assert!(right, "{}: {targets:?}", job.name);
    }
}

#[test]
fn jobs_provision_their_engines_and_tools() {
    for job in all() {
        assert_eq!(
            job.engine != "host" || ["linux", "bare", "kills"].contains(&job.name),
            job.base,
            "{}: images start from the base",
            job.name
        );
        for (tool, fix) in job.tools {
            let part = fix.strip_prefix("bash .ci/provision ");
            let installed = part.is_none_or(|part| job.provision.contains(&part));
            assert!(installed, "{}: {tool}", job.name);
        }
    }
}

#[test]
fn steps_parse_and_name_targets_of_the_catalog() {
    let given = Given {
        base: "HEAD^".to_owned(),
        out: "out".to_owned(),
        workflows: vec!["ci.yml".to_owned()],
        targets: vec!["i686-unknown-linux-musl"],
    };
    for job in all() {
        let parts = job.steps.iter().any(|step| step.contains("{targets}"));
        assert!(parts || job.part == 0, "{}: no targets to part", job.name);
        assert!(
            !job.steps.is_empty() && !job.about.is_empty(),
            "{}",
            job.name
        );
        for line in job.lines(&given) {
            let at = line.iter().position(|arg| arg == "xtask");
            let Some(at) = at.filter(|at| line[at - 1] == "cargo") else {
                continue;
            };
            let parsed = Cli::<Maintain>::try_parse_from(&line[at..]);
            let parsed = parsed.map_err(|error| format!("{}: {error}", job.name));
            // A job that runs jobs would never end.
            assert!(!matches!(
                parsed.unwrap().command,
                Command::Maintain(Maintain::Ci(_))
            ));
        }
    }
}

#[test]
fn a_larger_event_runs_more() {
    let names = |event| -> BTreeSet<&str> { at(event, None).iter().map(|job| job.name).collect() };
    let events = [
        Event::PullRequest,
        Event::Push,
        Event::Schedule,
        Event::Release,
    ];
    for pair in events.windows(2) {
        let (smaller, larger) = (names(pair[0]), names(pair[1]));
        assert!(smaller.is_subset(&larger) && smaller.len() < larger.len());
    }
    assert_eq!(names(Event::Release).len(), all().count());
    let ci = at(Event::Schedule, Some(Workflow::Ci));
    assert!(ci.iter().all(|job| job.workflow == Workflow::Ci));
}
