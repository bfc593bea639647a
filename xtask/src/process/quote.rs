//! Quotes a value for the program that evaluates xtask's output.

use std::borrow::Cow;

/// Characters that no shell replaces or splits at, anywhere in a word.
fn is_plain(value: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:,@+".contains(c);
    !value.is_empty() && value.chars().all(plain)
}

/// Quotes a word for POSIX shells.
pub fn sh(value: &str) -> Cow<'_, str> {
    if is_plain(value) {
        return value.into();
    }
    format!("'{}'", value.replace('\'', r"'\''")).into()
}

/// Quotes a word for fish, which has two escapes between single quotes: `\\` and `\'`.
pub fn fish(value: &str) -> Cow<'_, str> {
    if is_plain(value) {
        return value.into();
    }
    format!("'{}'", value.replace('\\', r"\\").replace('\'', r"\'")).into()
}

/// Quotes a string for PowerShell, which ends it at typographic quotes, too; a doubled quote
/// stands for itself.
pub fn powershell(value: &str) -> String {
    let mut quoted = String::from("'");
    for c in value.chars() {
        quoted.push(c);
        if matches!(c, '\'' | '\u{2018}'..='\u{201b}') {
            quoted.push(c);
        }
    }
    quoted + "'"
}

/// Quotes a TOML basic string. Its escapes are JSON's; JSON leaves DEL as it is.
pub fn toml(value: &str) -> String {
    let quoted = serde_json::Value::from(value).to_string();
    quoted.replace('\u{7f}', r"\u007f")
}

#[cfg(test)]
mod tests {
    use super::{fish, powershell, sh, toml};

    #[test]
    fn plain_words_stay_as_they_are() {
        for word in ["--target", "/usr/bin/c++", "a,b"] {
            assert_eq!((&*sh(word), &*fish(word)), (word, word));
        }
        for word in ["", "a b", "{a,b}", "~", "$x", "=x", "a\nb"] {
            assert_eq!(sh(word), format!("'{word}'"));
            assert_eq!(fish(word), format!("'{word}'"));
        }
    }

    #[test]
    fn quotes_and_escapes_are_those_of_each_language() {
        let value = r"a\'b";
        assert_eq!(sh(value), r"'a\'\''b'");
        assert_eq!(fish(value), r"'a\\\'b'");
        assert_eq!(powershell(value), r"'a\''b'");
        assert_eq!(powershell("\u{2019};x"), "'\u{2019}\u{2019};x'");
        assert_eq!(toml("a\"\\\u{7f}"), r#""a\"\\\u007f""#);
    }
}
