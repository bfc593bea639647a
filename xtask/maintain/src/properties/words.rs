//! Words that are split or quoted.

use serde_json::Value;
use snmalloc_toolchains::{FakeMachine, Target, Tool, quote, user_flags, vars, wrapper};

use super::readers_of_words::{cmake, gnu, is_quoted_for_cmd, windows};
use super::texts;

/// The words of `CXXFLAGS`.
fn flags(text: &str, by_shell: bool) -> Vec<String> {
    let target = Target::from_triple("x86_64-unknown-linux-gnu").expect("a target");
    let machine = FakeMachine::new("linux", "x86_64")
        .with_var("CXXFLAGS", text)
        .with_var("CC_SHELL_ESCAPED_FLAGS", if by_shell { "1" } else { "" });
    vars::cxxflags(&machine, &target, false)
}

/// `CXXFLAGS` is split as a shell splits it, quoted words come back, and the policy for flags
/// changes nothing when it is applied again.
pub fn cxxflags(data: &[u8]) {
    let words = texts(data);
    let quoted: Vec<String> = words.iter().map(|word| quote::sh(word)).collect();
    assert_eq!(flags(&quoted.join(" "), true), words);

    let text = words.join(" ");
    if let Ok(expected) = shell_words::split(&text) {
        assert_eq!(flags(&text, true), expected);
    }
    let plain: Vec<&str> = text.split_ascii_whitespace().collect();
    if vars::needs_shell(&text) {
        assert_eq!(flags(&text, false), flags(&text, true));
    } else {
        assert_eq!(flags(&text, false), plain);
    }

    for cl in [false, true] {
        let judged = user_flags::of_compiler(words.clone(), cl);
        let again = user_flags::of_compiler(judged.kept.clone(), cl);
        assert_eq!((again.kept, again.ignored), (judged.kept, Vec::new()));
    }
}

/// The files of the build script (`plan.rsp`, `plan.cmake`, `compile_commands.json`) are read back.
pub fn response_file(data: &[u8]) {
    let words = texts(data);
    let lines = |quoted: fn(&str) -> String| -> String {
        words.iter().map(|word| quoted(word) + "\n").collect()
    };
    assert_eq!(gnu(&lines(quote::response_file)), words);
    assert_eq!(windows(&lines(quote::windows_response_file)), words);
    for word in &words {
        assert_eq!(cmake(&quote::cmake(word)), Some(word.as_str()));
        let json = quote::json(word);
        let read: Value = serde_json::from_str(&json).expect("JSON");
        assert_eq!(read.as_str(), Some(word.as_str()));
        let other = Value::from(word.as_str()).to_string();
        for json in [&json, &other] {
            assert_eq!(quote::from_json(&json[1..]), *word);
        }
        // Text of any form.
        quote::from_json(word);
    }
}

/// The scripts that stand for a tool run it with exactly its arguments.
pub fn script(data: &[u8]) {
    let words = texts(data);
    let tool = Tool {
        program: words[0].clone().into(),
        args: words[1..].to_vec(),
    };
    let script = wrapper::script(&tool, "linux");
    let command = script.strip_prefix("#!/bin/sh\n").expect("a script");
    let read = shell_words::split(command).expect("a command");
    let (first, rest) = read.split_first().expect("words");
    let (last, own) = rest.split_last().expect("words");
    assert_eq!((first.as_str(), last.as_str()), ("exec", "$@"));
    assert_eq!(own, words);

    // No batch file can contain a line break in a command.
    if words.iter().any(|word| word.contains(['\n', '\r'])) {
        return;
    }
    let script = wrapper::script(&tool, "windows");
    let command = script
        .strip_prefix('@')
        .and_then(|s| s.strip_suffix(" %*\r\n"));
    let command = command.expect("a batch file");
    assert!(is_quoted_for_cmd(command), "{command}");
    let single = command.replace("%%", "");
    assert!(!single.contains('%'), "{command}");
    assert_eq!(windows(&command.replace("%%", "%")), words);
}
