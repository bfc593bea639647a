// SPDX-License-Identifier: MIT
//! Scripts that replace a program and its leading arguments, for programs that accept a single
//! path.

use crate::{Tool, quote};

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
        let words: Vec<String> = words.map(batch_quoted).collect();
        return format!("@{} %*\r\n", words.join(" "));
    }
    let words: Vec<String> = words.map(quote::sh).collect();
    format!("#!/bin/sh\nexec {} \"$@\"\n", words.join(" "))
}

/// Quotes a word for a batch file: a doubled quote keeps cmd's special characters quoted, and a
/// doubled `%` begins no variable.
fn batch_quoted(word: &str) -> String {
    quote::windows(&word.replace('%', "%%"), "\"\"")
}

#[cfg(test)]
mod tests {
    use super::{batch_quoted, file_name, script};
    use crate::Tool;

    #[test]
    fn scripts_quote_arguments() {
        let tool = Tool {
            program: "/it's here/zig".into(),
            args: vec!["c++".to_owned(), "-target".to_owned()],
        };
        assert_eq!(
            script(&tool, "linux"),
            "#!/bin/sh\nexec '/it'\\''s here/zig' c++ -target \"$@\"\n"
        );
        assert_eq!(
            script(&tool, "windows"),
            "@\"/it's here/zig\" \"c++\" \"-target\" %*\r\n"
        );
        assert_eq!(file_name("c++", "windows"), "c++.cmd");
    }

    #[test]
    fn batch_files_keep_quotes_and_backslashes() {
        for (word, quoted) in [
            (r"a\b", r#""a\b""#),
            (r"C:\dir\", r#""C:\dir\\""#),
            (r#"-DX="a b""#, r#""-DX=""a b""""#),
            (r#"\"&del"#, r#""\\""&del""#),
            ("100%", r#""100%%""#),
        ] {
            assert_eq!(batch_quoted(word), quoted);
        }
    }
}
