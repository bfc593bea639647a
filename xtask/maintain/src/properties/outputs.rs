//! Texts that other programs evaluate, and reports.

use serde_json::Value;
use snmalloc_toolchains::Target;

use super::readers_of_words::{fish, powershell};
use super::texts;
use xtask::cli::Shell;
use xtask::commands::env;
use xtask::engine::container::ContainerResult;
use xtask::process::command::Job;
use xtask::process::quote;
use xtask::process::run::Event;
use xtask::process::test_progress::TestProgress;
use xtask::report::skipped_tests::SkippedTests;
use xtask::report::{Report, Row, Status, Tests};

/// The output of `env`, and printed commands, are read back by each shell's rules.
pub fn environment_output(data: &[u8]) {
    let values = texts(data);
    let target = Target::from_triple("x86_64-unknown-linux-gnu").expect("a target");
    let names = (0..values.len()).map(|number| match number {
        0 => target.cargo_variable("LINKER"),
        number => format!("NAME_{number}"),
    });
    let variables: Vec<(String, String)> = names.zip(values.iter().cloned()).collect();
    let text = |shell| env::text(shell, variables.clone(), &target).unwrap_or_default();

    let words = shell_words::split(&text(Shell::Sh)).expect("commands");
    let expected = variables.iter().flat_map(|(name, value)| {
        let assignment = format!("{name}={value}");
        ["export".to_owned(), assignment]
    });
    assert_eq!(words, expected.collect::<Vec<_>>());

    let json: Value = serde_json::from_str(&text(Shell::Json)).expect("JSON");
    let table: toml::Table = text(Shell::CargoConfig).parse().expect("TOML");
    for (number, (name, value)) in variables.iter().enumerate() {
        assert_eq!(json[name].as_str(), Some(value.as_str()));
        let read = match number {
            0 => &table["target"][&target.triple]["linker"],
            _ => &table["env"][name],
        };
        assert_eq!(read.as_str(), Some(value.as_str()));
    }
    for value in &values {
        assert_eq!(fish(&quote::fish(value)).as_ref(), Some(value));
        assert_eq!(powershell(&quote::powershell(value)).as_ref(), Some(value));
    }
    job(&values);
}

/// A printed command is read back by a shell.
fn job(words: &[String]) {
    let job = Job {
        program: words[0].clone(),
        args: words.to_vec(),
        env: vec![("NAME".to_owned(), words[0].clone())],
        cwd: words[0].clone().into(),
    };
    let read = shell_words::split(&job.to_string()).expect("a command");
    let first = [
        "cd",
        &words[0],
        "&&",
        &format!("NAME={}", words[0]),
        &words[0],
    ];
    assert_eq!(
        read,
        [first.map(str::to_owned).to_vec(), words.to_vec()].concat()
    );
}

/// A report is read or refused; a report that was written is read back. The output of tests is
/// counted, whatever it is.
pub fn results(data: &[u8]) {
    if let Ok(report) = serde_json::from_slice::<Report>(data) {
        let text = serde_json::to_string(&report).expect("a report is written");
        let again: Report = serde_json::from_str(&text).expect("a report is read");
        assert_eq!(serde_json::to_string(&again).expect("written"), text);
    }
    if let Ok(value) = serde_json::from_slice::<Value>(data) {
        let document = |value| ContainerResult::Document {
            value,
            missing: true,
        };
        let rows = document(value.clone()).rows();
        let without = document(value).without_files().rows();
        assert!(rows.is_err() || without.is_ok());
    }
    let texts = texts(data);
    let row = Row {
        status: Status::Failed,
        runner: texts.get(1).cloned(),
        programs: texts.iter().map(Into::into).collect(),
        ..Row::skipped(&texts[0], Some("cc"), texts.concat())
    };
    let value = serde_json::to_value(Report {
        results: vec![row.clone()],
    })
    .expect("JSON");
    let read: Report = serde_json::from_value(value).expect("a report");
    assert_eq!(format!("{:?}", read.results), format!("{:?}", [row]));
    lines(&texts.join("\n"));
}

fn lines(output: &str) {
    let mut tests = Tests::default();
    let mut skipped = SkippedTests::default();
    let mut progress = TestProgress::new("/nowhere/times.json".as_ref());
    for line in output.lines() {
        tests.add_line(line);
        skipped.add_line(line);
        progress.handle(&Event::Line(line));
        progress.now();
    }
    tests.skip(skipped.tests());
    skipped.summary();
}
