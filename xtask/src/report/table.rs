//! The report's table for people.

use super::{Row, Status, Tests};

/// Formats the table, with the reasons below it.
pub fn text(rows: &[Row]) -> String {
    let heads = [
        "target", "builder", "engine", "std", "runner", "passed", "failed", "skipped", "time",
        "result",
    ];
    let mut lines = vec![heads.map(str::to_owned)];
    for row in rows {
        let count = |pick: fn(&Tests) -> u64| {
            row.tests
                .as_ref()
                .map_or("-".to_owned(), |tests| pick(tests).to_string())
        };
        let cell = |text: Option<&str>| text.unwrap_or("-").to_owned();
        lines.push([
            row.target.clone(),
            cell(row.builder),
            row.engine.to_owned(),
            cell(row.std),
            cell(row.runner.as_deref()),
            count(|tests| tests.passed),
            count(|tests| tests.failed),
            count(|tests| tests.ignored),
            format!("{:.1} s", row.seconds),
            result(row).to_owned(),
        ]);
    }
    let widths: Vec<usize> = (0..heads.len())
        .map(|column| {
            lines
                .iter()
                .map(|line| line[column].len())
                .max()
                .unwrap_or(0)
        })
        .collect();
    let mut text = String::new();
    for line in &lines {
        let cells: Vec<String> = line
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    for row in rows {
        if let Some(reason) = &row.reason {
            let builder = row.builder.map(|b| format!(" ({b})")).unwrap_or_default();
            text.push_str(&format!("{}{builder}: {reason}\n", row.target));
        }
    }
    text
}

/// The name of the row's result.
fn result(row: &Row) -> &'static str {
    match row.status {
        Status::Passed => "passed",
        Status::Failed => "failed",
        Status::Skipped if row.missing => "missing",
        Status::Skipped => "skipped",
    }
}

#[cfg(test)]
mod tests {
    use super::{Row, Status, Tests, text};

    #[test]
    fn table_is_aligned_and_lists_reasons() {
        let row = || Row::skipped("x", Some("cc"), "because".to_owned());
        let rows = [
            row(),
            Row {
                missing: true,
                reason: None,
                ..row()
            },
            Row {
                status: Status::Passed,
                tests: Some(Tests {
                    passed: 31,
                    failed: 0,
                    ignored: 2,
                }),
                reason: None,
                std: Some("prebuilt"),
                runner: Some("qemu-aarch64".to_owned()),
                seconds: 12.34,
                ..row()
            },
        ];
        assert_eq!(
            text(&rows),
            "target  builder  engine  std       runner        passed  failed  skipped  time    result\n\
             x       cc       host    -         -             -       -       -        0.0 s   skipped\n\
             x       cc       host    -         -             -       -       -        0.0 s   missing\n\
             x       cc       host    prebuilt  qemu-aarch64  31      0       2        12.3 s  passed\n\
             x (cc): because\n"
        );
    }
}
