//! Readers of quoted words, written from the documentation of the programs that have them.

use std::iter::Peekable;
use std::str::Chars;

/// Reads words that blanks separate; `read` reads one, and the blank after it.
fn words(text: &str, read: impl Fn(&mut Peekable<Chars<'_>>) -> String) -> Vec<String> {
    let mut words = Vec::new();
    let mut chars = text.chars().peekable();
    loop {
        while chars.next_if(|c| c.is_ascii_whitespace()).is_some() {}
        if chars.peek().is_none() {
            return words;
        }
        words.push(read(&mut chars));
    }
}

/// Reads a response file as GCC does (`buildargv` of libiberty).
pub fn gnu(text: &str) -> Vec<String> {
    words(text, |chars| {
        let mut word = String::new();
        let mut quote = None;
        while let Some(c) = chars.next() {
            match (quote, c) {
                (None, c) if c.is_ascii_whitespace() => break,
                (_, '\\') => word.extend(chars.next()),
                (None, '"' | '\'') => quote = Some(c),
                (Some(open), c) if open == c => quote = None,
                (_, c) => word.push(c),
            }
        }
        word
    })
}

/// Reads a command line as programs for Windows do (`CommandLineToArgvW`, and `""` between quotes
/// as the C run-time library reads it).
pub fn windows(text: &str) -> Vec<String> {
    words(text, |chars| {
        let mut word = String::new();
        let mut quoted = false;
        while let Some(c) = chars.next() {
            match c {
                '\\' => {
                    let mut count = 1;
                    while chars.next_if_eq(&'\\').is_some() {
                        count += 1;
                    }
                    if chars.peek() != Some(&'"') {
                        word.push_str(&"\\".repeat(count));
                        continue;
                    }
                    word.push_str(&"\\".repeat(count / 2));
                    if count % 2 == 1 {
                        word.extend(chars.next());
                    }
                }
                '"' if quoted && chars.next_if_eq(&'"').is_some() => word.push('"'),
                '"' => quoted = !quoted,
                c if c.is_ascii_whitespace() && !quoted => break,
                c => word.push(c),
            }
        }
        word
    })
}

/// Reads a word of fish between single quotes, or without quotes.
pub fn fish(text: &str) -> Option<String> {
    let Some(inside) = text.strip_prefix('\'') else {
        return text.chars().all(is_plain).then(|| text.to_owned());
    };
    let mut word = String::new();
    let mut chars = inside.chars();
    loop {
        match chars.next()? {
            '\'' => return chars.next().is_none().then_some(word),
            '\\' => match chars.next()? {
                c @ ('\\' | '\'') => word.push(c),
                c => word.extend(['\\', c]),
            },
            c => word.push(c),
        }
    }
}

/// Characters that mean nothing to a shell.
fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_-./:,@+".contains(c)
}

/// Reads a string of PowerShell between single quotes; each of five characters is one.
pub fn powershell(text: &str) -> Option<String> {
    let is_quote = |c: &char| matches!(c, '\'' | '\u{2018}'..='\u{201b}');
    let mut chars = text.chars();
    chars.next().filter(is_quote)?;
    let mut word = String::new();
    loop {
        match chars.next()? {
            c if is_quote(&c) => match chars.next() {
                None => return Some(word),
                // The first of two quotes counts.
                Some(second) if is_quote(&second) => word.push(c),
                Some(_) => return None,
            },
            c => word.push(c),
        }
    }
}

/// Reads a bracket argument of CMake, which must be all of the text.
pub fn cmake(text: &str) -> Option<&str> {
    let (equals, rest) = text.strip_prefix('[')?.split_once('[')?;
    let (inside, end) = rest.split_once(&format!("]{equals}]"))?;
    let inside = inside.strip_prefix('\n').unwrap_or(inside);
    (end.is_empty() && equals.chars().all(|c| c == '=')).then_some(inside)
}

/// Checks that `cmd` finds every special character of a line between quotes.
pub fn is_quoted_for_cmd(line: &str) -> bool {
    let mut quoted = false;
    line.chars().all(|c| {
        quoted ^= c == '"';
        quoted || !"&|<>^()".contains(c)
    })
}
