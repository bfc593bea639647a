//! No test may depend on the machine: a test that needs a program or a setting requests
//! it with `needs!` (xtask/maintain/tests/it/support).

use std::path::Path;

use anyhow::Result;

use super::{files_below, read};

/// The directories with tests.
const TESTS: [&str; 4] = [
    "xtask/maintain/tests",
    "toolchains/tests",
    "snmalloc-sys/tests",
    "snmalloc-rs/tests",
];

/// The helper itself.
const HELPER: &str = "xtask/maintain/tests/it/support";

/// Tests of other crates, which can't use the helper and follow its rules on their own.
const OUTSIDE: [&str; 5] = [
    "snmalloc-rs/tests/memcheck.rs",
    "toolchains/tests/probes.rs",
    "snmalloc-sys/tests/cache_use.rs",
    "snmalloc-sys/tests/sanitizers.rs",
    "snmalloc-sys/tests/upstream",
];

/// Calls that look at the machine without the helper.
const WAYS: [&str; 6] = [
    "Command::new(",
    "which::",
    "env::var(",
    "env::var_os(",
    "env::vars",
    "home_dir(",
];

/// Calls that don't depend on the machine: the test's own program, the Rust that runs it, a
/// variable that the test sets for its own child, and the switch that rewrites files.
const ALLOWED: [&str; 9] = [
    "env::current_exe()",
    "env::var_os(\"RUSTC\")",
    "env::var_os(CHILD)",
    "env::var_os(\"BLESS\")",
    "env::var_os(\"CI\")",
    "env::var(\"SNMALLOC_SETTINGS\")",
    "env::var(\"SNMALLOC_SETTINGS_PEERS\")",
    // These two are in the text of a build script.
    "env::var(format!(\\\"DEP_SNMALLOC_",
    "env::var(\\\"SNMALLOC_BUILDER\\\")",
];

/// The lines in tests that look at the machine without the helper.
pub fn machine_dependent_tests(root: &Path) -> Result<Vec<String>> {
    let mut findings = Vec::new();
    for dir in TESTS {
        for file in files_below(&root.join(dir))? {
            let name = file.strip_prefix(root).unwrap_or(&file);
            let outside = OUTSIDE.iter().any(|it| name.starts_with(it));
            if outside || name.starts_with(HELPER) || file.extension() != Some("rs".as_ref()) {
                continue;
            }
            for (number, line) in read(&file)?.lines().enumerate() {
                if let Some(way) = looks_past_the_helper(line) {
                    findings.push(format!(
                        "{}:{}: `{way}` in a test; ask for what it needs by `needs!`, and run \
                         programs by `Run`",
                        name.display(),
                        number + 1
                    ));
                }
            }
        }
    }
    Ok(findings)
}

fn looks_past_the_helper(line: &str) -> Option<&'static str> {
    let code = line.split("//").next().unwrap_or_default();
    if ALLOWED.iter().any(|allowed| code.contains(allowed)) {
        return None;
    }
    WAYS.into_iter().find(|way| code.contains(way))
}

#[cfg(test)]
mod tests {
    use super::{TESTS, looks_past_the_helper, machine_dependent_tests};
    use std::fs;

    #[test]
    fn tests_with_undeclared_needs_are_found() {
        let dir = tempfile::tempdir().unwrap();
        for tests in TESTS {
            fs::create_dir_all(dir.path().join(tests)).unwrap();
        }
        let file = dir.path().join("xtask/maintain/tests/it/new.rs");
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        let helper = dir.path().join("xtask/maintain/tests/it/support/mod.rs");
        fs::create_dir_all(helper.parent().unwrap()).unwrap();
        fs::write(helper, "Command::new(program)").unwrap();
        let body = "fn t() {\n    Command::new(\"docker\");\n    which::which(\"zig\");\n}\n";
        fs::write(&file, body).unwrap();
        let findings = machine_dependent_tests(dir.path()).unwrap();
        assert_eq!(findings.len(), 2, "{findings:?}");
        assert!(findings[0].starts_with("xtask/maintain/tests/it/new.rs:2: `Command::new(`"));
    }

    #[test]
    fn the_tests_own_program_may_be_run() {
        for (line, found) in [
            ("Command::new(std::env::current_exe().unwrap())", false),
            ("std::env::var_os(CHILD)", false),
            ("// Command::new(\"docker\")", false),
            ("std::env::var_os(\"HOME\")", true),
        ] {
            assert_eq!(looks_past_the_helper(line).is_some(), found, "{line}");
        }
    }
}
