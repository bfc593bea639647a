// SPDX-License-Identifier: MIT
//! The conventional look-up order of variables that may be set per target.

use crate::{Machine, Target, env_vars};

/// The names under which variable `base` is looked up, first wins: `X_<target>`,
/// `X_<target_with_underscores>`, `TARGET_X` (`HOST_X` if the target is the host), `X`. Only `X` if
/// the table doesn't list it as per-target.
pub fn names(base: &str, target: &Target, crossing: bool) -> Vec<String> {
    if !env_vars::is_per_target(base) {
        return vec![base.to_owned()];
    }
    let kind = if crossing { "TARGET" } else { "HOST" };
    vec![
        format!("{base}_{}", target.triple),
        format!("{base}_{}", target.triple.replace(['-', '.'], "_")),
        format!("{kind}_{base}"),
        base.to_owned(),
    ]
}

/// The first of [`names`] that is set, with its value.
pub fn lookup(
    machine: &dyn Machine,
    base: &str,
    target: &Target,
    crossing: bool,
) -> Option<(String, String)> {
    names(base, target, crossing)
        .into_iter()
        .find_map(|name| machine.var(&name).map(|value| (name, value)))
}

/// The user's flags for the C++ compiler: `CXXFLAGS` under each of its [`names`], the most specific
/// last, as the cc crate joins them. With `CC_SHELL_ESCAPED_FLAGS` set, quotes and backslashes
/// group words; without it, they do so in a value that can't be meant otherwise.
pub fn cxxflags(machine: &dyn Machine, target: &Target, crossing: bool) -> Vec<String> {
    flags(machine, "CXXFLAGS", target, crossing)
}

/// Flags in variable `base`, by the rules of [`cxxflags`].
pub fn flags(machine: &dyn Machine, base: &str, target: &Target, crossing: bool) -> Vec<String> {
    let shell = shell_escaped(machine);
    names(base, target, crossing)
        .iter()
        .rev()
        .filter_map(|name| machine.var(name))
        .flat_map(|flags| {
            if shell || needs_shell(&flags) {
                shell_words(&flags)
            } else {
                // Other blanks can be in a path.
                flags.split_ascii_whitespace().map(str::to_owned).collect()
            }
        })
        .collect()
}

/// Returns true if splitting at blanks tears a quoted word (`-DTEXT="a b"`): that leaves `b"`, which
/// the compiler would take for a file. A quote in each of two flags can be part of two paths.
pub fn needs_shell(flags: &str) -> bool {
    ['"', '\''].iter().any(|quote| {
        let words: Vec<&str> = flags.split_ascii_whitespace().collect();
        let count = |word: &str| word.matches(*quote).count();
        let opens = |word: &&str| word.starts_with('-') && count(word) % 2 == 1;
        let Some(open) = words.iter().position(opens) else {
            return false;
        };
        let close = words[open + 1..].iter().find(|word| count(word) > 0);
        close.is_some_and(|word| !word.starts_with('-') && word.ends_with(*quote))
            && count(flags) % 2 == 0
    })
}

/// A warning about values that are split like a shell's words unasked.
pub fn quotes_warning(machine: &dyn Machine, target: &Target, crossing: bool) -> Option<String> {
    if shell_escaped(machine) {
        return None;
    }
    let needs = |name: &String| machine.var(name).is_some_and(|value| needs_shell(&value));
    let variable = names("CXXFLAGS", target, crossing)
        .into_iter()
        .find(needs)?;
    Some(format!(
        "quotes keep words of {variable} together, as with CC_SHELL_ESCAPED_FLAGS=1, which avoids \
         this warning"
    ))
}

/// Returns true if quotes group words of `CXXFLAGS`, by the cc crate's rule.
pub fn shell_escaped(machine: &dyn Machine) -> bool {
    machine
        .var("CC_SHELL_ESCAPED_FLAGS")
        .is_some_and(|value| !["0", "no", "false"].contains(&value.as_str()))
}

/// Splits like a shell, without expansion. A missing quote counts as the text's end.
pub(crate) fn shell_words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (None, ' ' | '\t' | '\n') => words.extend(word.take()),
            (None, '#') if word.is_none() => drop(chars.find(|c| *c == '\n')),
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (Some(open), c) if open == c => quote = None,
            (None | Some('"'), '\\') => match chars.next() {
                // A backslash before a line break joins two lines.
                Some('\n') => {}
                // Between quotes, it is literal before any other character.
                Some(next) if quote.is_some() && !"$`\"\\".contains(next) => {
                    word.get_or_insert_default().extend([c, next]);
                }
                next => word.get_or_insert_default().push(next.unwrap_or(c)),
            },
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::{cxxflags, lookup, quotes_warning, shell_words};
    use crate::{FakeMachine, Target};

    #[test]
    fn the_most_specific_name_wins() {
        let target = Target::from_triple("aarch64-unknown-linux-gnu").unwrap();
        let all = [
            "CXX_aarch64-unknown-linux-gnu",
            "CXX_aarch64_unknown_linux_gnu",
            "TARGET_CXX",
            "CXX",
        ];
        for first in 0..all.len() {
            let machine = all[first..]
                .iter()
                .fold(FakeMachine::new("linux", "x86_64"), |m, name| {
                    m.with_var(name, *name)
                });
            let found = lookup(&machine, "CXX", &target, true).unwrap();
            assert_eq!(found.0, all[first]);
        }
        let empty = FakeMachine::new("linux", "x86_64").with_var("CXX", "");
        assert_eq!(lookup(&empty, "CXX", &target, true), None);
    }

    #[test]
    fn flags_are_joined_the_most_specific_last() {
        let target = Target::from_triple("aarch64-unknown-linux-gnu").unwrap();
        let machine = FakeMachine::new("linux", "x86_64")
            .with_var("CXXFLAGS", "-O1 -DA='x")
            .with_var("CXXFLAGS_aarch64_unknown_linux_gnu", "y' -O2");
        assert_eq!(
            cxxflags(&machine, &target, true),
            ["-O1", "-DA='x", "y'", "-O2"]
        );
        let machine = machine
            .with_var("CXXFLAGS", r#"-DA='x y' -DB="p\"q" r\ s"#)
            .with_var("CXXFLAGS_aarch64_unknown_linux_gnu", "-O2")
            .with_var("CC_SHELL_ESCAPED_FLAGS", "1");
        assert_eq!(
            cxxflags(&machine, &target, true),
            ["-DA=x y", "-DB=p\"q", "r s", "-O2"]
        );
    }

    #[test]
    fn torn_quotes_are_read_as_a_shell_reads_them() {
        let target = Target::from_triple("aarch64-unknown-linux-gnu").unwrap();
        for (flags, words) in [
            (r#"-DTEXT="a b" -O2"#, &["-DTEXT=a b", "-O2"][..]),
            (r#"-DA="x -y z" -g"#, &["-DA=x -y z", "-g"]),
            (r#"-DA=\"x\""#, &[r#"-DA=\"x\""#]),
            ("-I/it's -I/that's", &["-I/it's", "-I/that's"]),
            (
                "-I/it's -isystem /that's",
                &["-I/it's", "-isystem", "/that's"],
            ),
            ("-DA='x y", &["-DA='x", "y"]),
        ] {
            let machine = FakeMachine::new("linux", "x86_64").with_var("CXXFLAGS", flags);
            assert_eq!(cxxflags(&machine, &target, true), words, "{flags}");
            let is_told = words[0].contains(' ');
            let warning = quotes_warning(&machine, &target, true);
            assert_eq!(warning.is_some(), is_told, "{flags}");
        }
    }

    #[test]
    fn words_are_those_of_a_shell() {
        for (text, words) in [
            (r#""a\tb" "\$x" "\\y""#, &[r"a\tb", "$x", r"\y"][..]),
            ("a # b\nc #d\n#", &["a", "c"]),
            ("a\\\nb 'c\\\nd'", &["ab", "c\\\nd"]),
            (r"a\", &[r"a\"]),
            ("'' \"\" a#b", &["", "", "a#b"]),
            ("/a\u{a0}b\u{3000}c d", &["/a\u{a0}b\u{3000}c", "d"]),
        ] {
            assert_eq!(shell_words(text), words, "{text}");
        }
    }

    #[test]
    fn only_ascii_blanks_separate_flags() {
        let target = Target::from_triple("aarch64-unknown-linux-gnu").unwrap();
        let machine = FakeMachine::new("linux", "x86_64").with_var("CXXFLAGS", "-I/a\u{a0}b\t-g");
        let flags = cxxflags(&machine, &target, true);
        assert_eq!(flags, ["-I/a\u{a0}b", "-g"]);
    }
}
