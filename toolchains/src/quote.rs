// SPDX-License-Identifier: MIT
//! Quotes arguments and paths for the programs that read the build script's files, and reads JSON
//! strings. Each reader gets back exactly the text that was quoted.

/// Quotes an argument for a POSIX shell.
pub fn sh(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=+./:,@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// Quotes an argument for a response file of GCC or clang.
pub fn response_file(word: &str) -> String {
    if word.is_empty() {
        return "\"\"".to_owned();
    }
    let mut out = String::new();
    for c in word.chars() {
        if c.is_whitespace() || "\\\"'".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// Quotes an argument for a response file that `cl` or zig reads: backslashes are literal,
/// except before a quote.
pub fn windows_response_file(word: &str) -> String {
    if word.is_empty() || word.contains(|c: char| c.is_whitespace() || c == '"') {
        windows(word, "\\\"")
    } else {
        word.to_owned()
    }
}

/// Quotes a word as programs on Windows read it: backslashes before a quote stand for half as
/// many. `quote` is what stands for a quote in the word.
pub fn windows(word: &str, quote: &str) -> String {
    let mut quoted = String::from("\"");
    let mut backslashes = 0;
    for c in word.chars() {
        match c {
            '\\' => backslashes += 1,
            '"' => {
                quoted.push_str(&"\\".repeat(backslashes));
                quoted.push_str(quote);
                backslashes = 0;
                continue;
            }
            _ => backslashes = 0,
        }
        quoted.push(c);
    }
    quoted.push_str(&"\\".repeat(backslashes));
    quoted.push('"');
    quoted
}

/// Quotes text as an argument in a CMake script.
pub fn cmake(text: &str) -> String {
    let mut equals = "==".to_owned();
    // The final bracket, with the text's end, must not end the argument either.
    while format!("{text}]").contains(&format!("]{equals}]")) {
        equals.push('=');
    }
    // CMake drops a line break after the opening bracket.
    let first = if text.starts_with('\n') { "\n" } else { "" };
    format!("[{equals}[{first}{text}]{equals}]")
}

/// Quotes text as a JSON string.
pub fn json(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\0'..='\u{1f}' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out + "\""
}

/// Reads a JSON string from the text after its opening quote.
pub fn from_json(text: &str) -> String {
    let mut units: Vec<u16> = Vec::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        let c = match c {
            '"' => break,
            '\\' => match chars.next() {
                Some('u') => {
                    let code: String = chars.by_ref().take(4).collect();
                    units.extend(u16::from_str_radix(&code, 16));
                    continue;
                }
                Some('b') => '\u{8}',
                Some('f') => '\u{c}',
                Some('n') => '\n',
                Some('r') => '\r',
                Some('t') => '\t',
                Some(other) => other,
                None => break,
            },
            c => c,
        };
        units.extend_from_slice(c.encode_utf16(&mut [0; 2]));
    }
    // Joins the two halves of a character beyond 16 bits.
    String::from_utf16_lossy(&units)
}

#[cfg(test)]
mod tests {
    use super::{cmake, from_json, json, response_file, sh, windows_response_file};

    #[test]
    fn empty_arguments_survive() {
        assert_eq!(sh(""), "''");
        assert_eq!(response_file(""), "\"\"");
        assert_eq!(windows_response_file(""), "\"\"");
    }

    #[test]
    fn text_cannot_end_a_cmake_argument() {
        assert_eq!(cmake("@/a b"), "[==[@/a b]==]");
        assert_eq!(cmake("]==]"), "[===[]==]]===]");
        assert_eq!(cmake("a]=="), "[===[a]==]===]");
    }

    #[test]
    fn json_strings_are_escaped_and_read() {
        assert_eq!(json("a\t\"\\"), r#""a\u0009\"\\""#);
        let read = from_json(r#"\b\f\n\r\t\/\u00e9\ud83d\ude00" rest"#);
        assert_eq!(read, "\u{8}\u{c}\n\r\t/\u{e9}\u{1f600}");
        assert_eq!(from_json(r"cut\u12"), "cut\u{12}");
    }
}
