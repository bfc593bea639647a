//! Suggests known names for an unknown one.

/// The maximum number of suggestions.
const MAX_SUGGESTIONS: usize = 3;
/// Below this, a similar spelling is chance.
const SIMILAR: f64 = 0.6;
/// The similarity of a name with parts left out.
const IN_PART: f64 = 0.9;
/// Other names of CPUs.
const CPUS: [(&str, &str); 4] = [
    ("arm64", "aarch64"),
    ("amd64", "x86_64"),
    ("x64", "x86_64"),
    ("x86-64", "x86_64"),
];

/// Returns "; did you mean …?", or an empty string. Equally similar names keep the order of
/// `known`.
pub fn suggest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    let lower = name.to_lowercase();
    let name = CPUS
        .iter()
        .find_map(|(other, cpu)| Some(format!("{cpu}{}", rest_of(&lower, other)?)));
    let name = name.unwrap_or(lower);
    let mut similar: Vec<(f64, &str)> = known
        .map(|other| (similarity(&name, other), other))
        .filter(|(similarity, _)| *similarity >= SIMILAR)
        .collect();
    similar.sort_by(|a, b| b.0.total_cmp(&a.0));
    let names: Vec<String> = similar
        .iter()
        .take(MAX_SUGGESTIONS)
        .map(|(_, name)| format!("`{name}`"))
        .collect();
    if names.is_empty() {
        String::new()
    } else {
        format!("; did you mean {}?", names.join(" or "))
    }
}

/// Similarity from 0 to 1: of the spelling, and at least `IN_PART` if only parts were left out
/// (`aarch64-linux`, `aarch64`).
fn similarity(name: &str, other: &str) -> f64 {
    // The distance is at least the difference in length: don't compute it for an absurd name.
    let (short, long) = (name.len().min(other.len()), name.len().max(other.len()));
    let spelled = if (short as f64) < SIMILAR * long as f64 {
        0.0
    } else {
        strsim::normalized_damerau_levenshtein(name, other)
    };
    let mut parts = other.split('-');
    let mut given = name.split('-');
    let same_start = given.next() == parts.next();
    if same_start && given.all(|part| parts.any(|other| other == part)) {
        spelled.max(IN_PART)
    } else {
        spelled
    }
}

/// The rest of `name` after `first`, if `first` is its whole first part.
fn rest_of<'a>(name: &'a str, first: &str) -> Option<&'a str> {
    let rest = name.strip_prefix(first)?;
    (rest.is_empty() || rest.starts_with('-')).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::suggest;

    #[test]
    fn absurd_name_is_not_compared() {
        let name = "a".repeat(10_000_000);
        assert_eq!(suggest(&name, ["aarch64-apple-ios"].into_iter()), "");
    }

    #[test]
    fn only_similar_names_are_suggested() {
        const TARGETS: [&str; 8] = [
            "x86_64-unknown-linux-gnu",
            "aarch64-unknown-linux-gnu",
            "aarch64-apple-darwin",
            "aarch64-pc-windows-msvc",
            "aarch64-linux-android",
            "aarch64-apple-ios",
            "i686-unknown-linux-gnu",
            "s390x-unknown-linux-gnu",
        ];
        const FEATURES: [&str; 4] = ["notls", "check", "check-loads", "usecxx17"];
        let linux = "; did you mean `aarch64-unknown-linux-gnu`";
        let three = "; did you mean `aarch64-unknown-linux-gnu` or `aarch64-apple-darwin` or \
                     `aarch64-pc-windows-msvc`?";
        for (name, known, expected) in [
            ("linux", &TARGETS[..], ""),
            ("native", &TARGETS, ""),
            ("windows", &TARGETS, ""),
            ("aarch64-unknown-linux-gn", &TARGETS, linux),
            ("aarch64-linux", &TARGETS, linux),
            ("arm64-linux-gnu", &TARGETS, linux),
            (
                "aarch64-darwin",
                &TARGETS,
                "; did you mean `aarch64-apple-darwin`?",
            ),
            ("ARM64", &TARGETS, three),
            ("aarch64", &TARGETS, three),
            (
                "amd64",
                &TARGETS,
                "; did you mean `x86_64-unknown-linux-gnu`?",
            ),
            (
                "x64",
                &TARGETS,
                "; did you mean `x86_64-unknown-linux-gnu`?",
            ),
            ("nosuch", &FEATURES, ""),
            ("chek", &FEATURES, "; did you mean `check`?"),
            ("usecxx20", &FEATURES, "; did you mean `usecxx17`?"),
        ] {
            let suggestion = suggest(name, known.iter().copied());
            assert!(suggestion.starts_with(expected), "{name}: {suggestion}");
            assert_eq!(
                suggestion.is_empty(),
                expected.is_empty(),
                "{name}: {suggestion}"
            );
        }
    }
}
