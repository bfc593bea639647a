//! Records of the results of CI's jobs (`xtask/rungs`), and their check against the catalog.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use snmalloc_toolchains::{Rung, catalog};

use xtask::failure::Failure;

const HEAD: &str =
    "# Written by `--bless`: what the last run of CI's jobs has shown, and by what.\n";

/// Targets, each with the tool that compiled, linked or ran it.
pub type Record = BTreeMap<String, String>;

fn file(root: &Path, rung: Rung) -> PathBuf {
    root.join("xtask/rungs")
        .join(format!("{}.txt", rung.name()))
}

/// Reads the record of a rung.
pub fn record(root: &Path, rung: Rung) -> anyhow::Result<Record> {
    let file = file(root, rung);
    let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
    Ok(parse(&text))
}

fn parse(text: &str) -> Record {
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(": "))
        .map(|(target, by)| (target.to_owned(), by.to_owned()))
        .collect()
}

fn text(record: &Record) -> String {
    let lines = record
        .iter()
        .map(|(target, by)| format!("{target}: {by}\n"));
    std::iter::once(HEAD.to_owned()).chain(lines).collect()
}

/// Compares the results of a run with the catalog; `tried` lists all targets of the run.
/// `bless` updates the record first.
///
/// # Errors
/// A target got further than its row in the catalog, or less far.
pub fn settle(
    rung: Rung,
    tried: &[&str],
    reached: &Record,
    bless: bool,
    root: &Path,
) -> Result<(), Failure> {
    if bless {
        let mut record = record(root, rung)?;
        record.retain(|target, _| !tried.contains(&target.as_str()));
        record.extend(reached.clone());
        let file = file(root, rung);
        fs::write(&file, text(&record)).with_context(|| file.display().to_string())?;
    }
    let mut findings = Vec::new();
    for target in tried {
        let Some(entry) = catalog::entry(target) else {
            continue;
        };
        let got = reached.contains_key(*target);
        let recorded = entry.rung >= rung;
        let (rung, row) = (rung.name(), entry.rung.name());
        if got && !recorded {
            findings.push(format!("{target}: {rung}, but its row is {row}"));
        } else if recorded && !got {
            findings.push(format!("{target}: not {rung}, but its row is {row}"));
        }
    }
    if findings.is_empty() {
        return Ok(());
    }
    Err(Failure::Failed(format!(
        "the catalog differs from the results of this run\n  {}\n  \
         help: correct the rows in toolchains/src/catalog.rs, and add --bless",
        findings.join("\n  ")
    )))
}

/// Lists the contradictions between the catalog and the records.
///
/// # Errors
/// A record can't be read.
pub fn disagreements(root: &Path) -> anyhow::Result<Vec<String>> {
    let mut findings = Vec::new();
    let mut all = BTreeMap::new();
    for rung in [Rung::Compiled, Rung::Linked, Rung::Tested] {
        let record = record(root, rung)?;
        for target in record.keys() {
            match catalog::entry(target) {
                Some(entry) if entry.rung >= rung => {}
                Some(entry) => findings.push(format!(
                    "{target} was {}, but its row is {}",
                    rung.name(),
                    entry.rung.name()
                )),
                None => findings.push(format!("{target} is not in the catalog")),
            }
        }
        all.insert(rung, record);
    }
    // The compile job compiles every supported target, whatever other jobs do with it.
    for entry in catalog::ENTRIES {
        for rung in [Rung::Compiled, entry.rung] {
            let recorded = all.get(&rung).is_some_and(|r| r.contains_key(entry.triple));
            if entry.rung >= Rung::Compiled && !recorded {
                let triple = entry.triple;
                findings.push(format!("{triple}: no run has shown it {}", rung.name()));
            }
        }
    }
    findings.dedup();
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::{Record, disagreements, parse, record, settle, text};
    use snmalloc_toolchains::Rung;
    use std::path::Path;

    fn root() -> &'static Path {
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
    }

    #[test]
    fn no_row_is_ahead_of_its_proof_or_behind_it() {
        let findings = disagreements(root()).unwrap();
        assert!(findings.is_empty(), "{}", findings.join("\n"));
    }

    #[test]
    fn records_are_read_as_they_are_written() {
        let mut record = Record::new();
        record.insert("a-b".to_owned(), "zig: of 2: parts".to_owned());
        assert_eq!(parse(&text(&record)), record);
    }

    #[test]
    fn rung_above_or_below_the_row_fails() {
        let native = "x86_64-unknown-linux-gnu";
        let planned = "x86_64-unknown-haiku";
        let run = |reached: &[&str]| {
            let reached = reached.iter().map(|t| ((*t).to_owned(), "GCC".to_owned()));
            let tried = [native, planned];
            settle(Rung::Compiled, &tried, &reached.collect(), false, root())
        };
        assert!(run(&[native]).is_ok());
        let more = run(&[native, planned]).unwrap_err().message().unwrap();
        assert!(
            more.contains("haiku: compiled, but its row is planned"),
            "{more}"
        );
        let less = run(&[]).unwrap_err().message().unwrap();
        assert!(
            less.contains("gnu: not compiled, but its row is tested"),
            "{less}"
        );
    }

    #[test]
    fn blessing_replaces_only_tried_rows() {
        let dir = tempfile::tempdir().unwrap();
        let rungs = dir.path().join("xtask/rungs");
        std::fs::create_dir_all(&rungs).unwrap();
        let old = "i686-unknown-linux-gnu: a\nx86_64-unknown-linux-gnu: b\n";
        std::fs::write(rungs.join("tested.txt"), old).unwrap();
        let reached = parse("x86_64-unknown-linux-gnu: c\n");
        let tried = ["x86_64-unknown-linux-gnu"];
        settle(Rung::Tested, &tried, &reached, true, dir.path()).unwrap();
        let new = record(dir.path(), Rung::Tested).unwrap();
        assert_eq!(new["i686-unknown-linux-gnu"], "a");
        assert_eq!(new["x86_64-unknown-linux-gnu"], "c");
    }
}
