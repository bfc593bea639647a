// SPDX-License-Identifier: MIT
//! Merges install commands of one package manager.

use super::MANAGERS;

/// Merges the commands of one package manager among `lines`; `None` if no manager has two.
pub fn install_commands(lines: &[&str]) -> Option<String> {
    MANAGERS.iter().find_map(|(_, command)| {
        let (mut own, mut packages, mut after) = (Vec::new(), Vec::new(), Vec::new());
        for line in lines {
            let Some((names, then)) = taken_apart(line, command) else {
                continue;
            };
            add(&mut own, line);
            names.split(' ').for_each(|name| add(&mut packages, name));
            then.into_iter().for_each(|line| add(&mut after, line));
        }
        let first = format!("{command} {}", packages.join(" "));
        let all = [&[first.as_str()], after.as_slice()].concat();
        (own.len() > 1).then(|| all.join(" && "))
    })
}

fn add<'a>(list: &mut Vec<&'a str>, word: &'a str) {
    if !list.contains(&word) {
        list.push(word);
    }
}

/// Splits a command into package names and the command that follows; `None` if it contains more
/// than names, or belongs to another manager.
fn taken_apart<'a>(line: &'a str, command: &str) -> Option<(&'a str, Option<&'a str>)> {
    let rest = line.strip_prefix(command)?.strip_prefix(' ')?;
    let (names, then) = match rest.split_once(" && ") {
        Some((names, then)) => (names, Some(then)),
        None => (rest, None),
    };
    let is_name = |word: &str| {
        let mut chars = word.chars();
        chars.next().is_some_and(char::is_alphanumeric)
            && chars.all(|c| c.is_alphanumeric() || "+-._:".contains(c))
    };
    names.split(' ').all(is_name).then_some((names, then))
}

#[cfg(test)]
mod tests {
    use super::install_commands;

    #[test]
    fn install_commands_of_one_manager_are_merged() {
        const GCC: &str = "apt-get install g++-aarch64-linux-gnu";
        const ZIG: &str = "apt-get install python3-pip && python3 -m pip install ziglang";
        for (lines, expected) in [
            (&[GCC][..], None),
            (&[GCC, GCC], None),
            (&[GCC, "rustup target add x", "set CXX to one"], None),
            (
                &[GCC, "rustup target add x", "apt-get install qemu-user", GCC],
                Some("apt-get install g++-aarch64-linux-gnu qemu-user"),
            ),
            (
                &[ZIG, "apt-get install qemu-user"],
                Some("apt-get install python3-pip qemu-user && python3 -m pip install ziglang"),
            ),
            (
                &[
                    "winget install LLVM.LLVM",
                    "winget install A --override \"b\"",
                ],
                None,
            ),
            (
                &[
                    "pacman -S clang lld llvm",
                    "pacman -S clang lld",
                    "pacman -S wine",
                ],
                Some("pacman -S clang lld llvm wine"),
            ),
        ] {
            assert_eq!(install_commands(lines).as_deref(), expected, "{lines:?}");
        }
    }
}
