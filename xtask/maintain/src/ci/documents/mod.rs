//! Checks the documents: commands must parse, and tables are generated.

mod systems;

use snmalloc_toolchains::env_vars::{Section, markdown};
use snmalloc_toolchains::{FEATURES, catalog};

use crate::ci::ParseCommand;
use xtask::report::target_table::target_table;

/// Lists the `cargo xtask` commands in the document's code blocks that don't parse.
pub fn commands_that_do_not_parse(name: &str, text: &str, parse: ParseCommand) -> Vec<String> {
    let mut findings = Vec::new();
    let mut in_code = false;
    for (number, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
            continue;
        }
        let Some((_, rest)) = line.split_once("cargo xtask").filter(|_| in_code) else {
            continue;
        };
        // The command ends at a comment sign, a pipe, a conjunction, an arrow or a parenthesis.
        let command = rest
            .split(['#', '|', '&', '>', ')'])
            .next()
            .unwrap_or_default();
        let args = shell_words::split(command).unwrap_or_default();
        let parsed = parse(args);
        // clap returns a request for help as an error; here it is not one.
        if let Some(error) = parsed.err().filter(clap::Error::use_stderr) {
            findings.push(format!(
                "{name}:{}: `cargo xtask{command}`: {error}",
                number + 1
            ));
        }
    }
    findings
}

/// Returns the text with its generated tables renewed, each between its markers
/// (`<!-- begin: NAME -->`, `<!-- end: NAME -->`).
pub fn with_tables(text: &str) -> String {
    let tables = [
        ("features", feature_table()),
        ("compile", markdown(Section::Compile)),
        ("platforms", markdown(Section::Platform)),
        ("one-name", markdown(Section::OneName)),
        ("xtask", markdown(Section::Xtask)),
        ("passed-on", markdown(Section::PassedOn)),
        ("systems", systems::system_table()),
        ("elsewhere", systems::elsewhere_table()),
        (
            "targets",
            target_table(&catalog::ENTRIES.iter().collect::<Vec<_>>()),
        ),
    ];
    tables.iter().fold(text.to_owned(), |text, (name, table)| {
        let begin = format!("<!-- begin: {name} -->\n");
        let end = format!("<!-- end: {name} -->");
        match (text.find(&begin), text.find(&end)) {
            (Some(at), Some(to)) if at < to => {
                format!("{}{table}{}", &text[..at + begin.len()], &text[to..])
            }
            _ => text,
        }
    })
}

fn feature_table() -> String {
    let mut table =
        String::from("| feature | default | targets | what it does |\n|---|---|---|---|\n");
    for feature in FEATURES {
        table.push_str(&format!(
            "| `{}` | {} | {} | {} |\n",
            feature.name,
            if feature.default { "yes" } else { "" },
            feature.scope.words(),
            feature.summary
        ));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::{commands_that_do_not_parse, with_tables};
    use crate::cli::parse_command;

    #[test]
    fn commands_in_documents_must_parse() {
        let text = "cargo xtask nonsense\n```sh\ncargo xtask build --target x # why\n\
                    eval \"$(cargo xtask frobnicate)\"\n```\n";
        let findings = commands_that_do_not_parse("D.md", text, parse_command);
        assert_eq!(findings.len(), 1, "{findings:?}");
        assert!(findings[0].starts_with("D.md:4:"), "{findings:?}");
    }

    #[test]
    fn tables_are_replaced_in_place() {
        let text = "a\n<!-- begin: features -->\nold\n<!-- end: features -->\nb\n";
        let renewed = with_tables(text);
        assert!(renewed.starts_with("a\n<!-- begin: features -->\n| feature"));
        assert!(renewed.ends_with("|\n<!-- end: features -->\nb\n"));
        assert_eq!(with_tables(&renewed), renewed);
    }
}
