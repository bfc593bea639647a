// SPDX-License-Identifier: MIT
//! Scripts that replace a program and its leading arguments, for programs that accept a single
//! path.

use crate::Tool;

/// The script's file name on `os` (as `target_os` spells it).
pub fn file_name(name: &str, os: &str) -> String {
    if os == "windows" {
        format!("{name}.cmd")
    } else {
        name.to_owned()
    }
}

/// The script that runs `tool` and appends its own arguments.
pub fn script(tool: &Tool, os: &str) -> String {
    let program = tool.program.to_string_lossy();
    let words = std::iter::once(program.as_ref()).chain(tool.args.iter().map(String::as_str));
    if os == "windows" {
        let words: Vec<String> = words
            .map(|word| format!("\"{}\"", word.replace('%', "%%")))
            .collect();
        return format!("@{} %*\r\n", words.join(" "));
    }
    let words: Vec<String> = words
        .map(|word| format!("'{}'", word.replace('\'', r"'\''")))
        .collect();
    format!("#!/bin/sh\nexec {} \"$@\"\n", words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::{file_name, script};
    use crate::Tool;

    #[test]
    fn scripts_quote_arguments() {
        let tool = Tool {
            program: "/it's here/zig".into(),
            args: vec!["c++".to_owned(), "-target".to_owned()],
        };
        assert_eq!(
            script(&tool, "linux"),
            "#!/bin/sh\nexec '/it'\\''s here/zig' 'c++' '-target' \"$@\"\n"
        );
        assert_eq!(
            script(&tool, "windows"),
            "@\"/it's here/zig\" \"c++\" \"-target\" %*\r\n"
        );
        assert_eq!(file_name("c++", "windows"), "c++.cmd");
    }
}
