//! apt's sources on this machine, so that a base image can use the same ones.

use std::path::Path;

use snmalloc_toolchains::Machine;

/// One suite of one archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    pub uri: String,
    pub suite: String,
    pub components: String,
}

impl Source {
    /// The line for `sources.list`.
    pub fn line(&self) -> String {
        format!("deb {} {} {}\n", self.uri, self.suite, self.components)
    }
}

/// Reads all apt sources of this machine.
pub fn on_machine(machine: &dyn Machine) -> Vec<Source> {
    let dir = Path::new("/etc/apt/sources.list.d");
    let mut sources = Vec::new();
    let files = machine.list(dir).into_iter().map(|name| dir.join(name));
    for file in std::iter::once("/etc/apt/sources.list".into()).chain(files) {
        let text = machine.read(&file).unwrap_or_default();
        match file.extension().and_then(|end| end.to_str()) {
            Some("list") => sources.extend(one_line_each(&text)),
            Some("sources") => sources.extend(stanzas(&text)),
            _ => {}
        }
    }
    sources
}

/// The sources for `release` of Debian, with updates and security fixes if this machine has
/// them; from this machine's mirror, if it runs another release.
pub fn for_release(sources: &[Source], release: &str) -> Vec<Source> {
    let [updates, security] = ["updates", "security"].map(|part| format!("{release}-{part}"));
    let requested = [release.to_owned(), updates, security];
    let mut found: Vec<Source> = Vec::new();
    for suite in &requested {
        found.extend(sources.iter().find(|s| s.suite == *suite).cloned());
    }
    if found.first().is_some_and(|first| first.suite == release) {
        return found;
    }
    let is_debian = |source: &&Source| source.uri.trim_end_matches('/').ends_with("/debian");
    let mirror = sources.iter().find(is_debian);
    let of_mirror = mirror.map(|source| Source {
        uri: source.uri.clone(),
        suite: release.to_owned(),
        components: "main".to_owned(),
    });
    of_mirror.into_iter().collect()
}

/// Parses lines of the form `deb [options] URI SUITE COMPONENT…`.
fn one_line_each(text: &str) -> Vec<Source> {
    let lines = text.lines().filter_map(|line| {
        let rest = line.trim().strip_prefix("deb ")?.trim_start();
        let rest = match rest.strip_prefix('[') {
            Some(options) => options.split_once(']')?.1,
            None => rest,
        };
        let rest = rest.split('#').next().unwrap_or_default();
        let mut args = rest.split_whitespace();
        Some(Source {
            uri: args.next()?.to_owned(),
            suite: args.next()?.to_owned(),
            components: args.collect::<Vec<_>>().join(" "),
        })
    });
    lines.collect()
}

/// Parses deb822 stanzas: `Types:`, `URIs:`, `Suites:`, `Components:`.
fn stanzas(text: &str) -> Vec<Source> {
    let mut sources = Vec::new();
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    for stanza in lines.split(|line| line.trim().is_empty()) {
        let field = |name: &str| {
            let values = stanza.iter().filter_map(|line| line.split_once(':'));
            let mut values = values.filter(|(key, _)| key.trim().eq_ignore_ascii_case(name));
            values.next().map_or("", |(_, value)| value.trim())
        };
        let off = field("Enabled").eq_ignore_ascii_case("no");
        if off || !field("Types").split_whitespace().any(|kind| kind == "deb") {
            continue;
        }
        for uri in field("URIs").split_whitespace() {
            for suite in field("Suites").split_whitespace() {
                sources.push(Source {
                    uri: uri.to_owned(),
                    suite: suite.to_owned(),
                    components: field("Components").to_owned(),
                });
            }
        }
    }
    sources
}

#[cfg(test)]
mod tests {
    use super::{Source, for_release, on_machine};
    use snmalloc_toolchains::FakeMachine;

    const LIST: &str = "# deb http://old.example/debian bookworm main\n\
                        deb [arch=amd64 signed-by=/k] http://a.example/debian bookworm main contrib # x\n\
                        deb-src http://a.example/debian bookworm main\n";
    const STANZAS: &str = "# comment\nTypes: deb deb-src\nURIs: https://b.example/debian\n\
                           Suites: bookworm bookworm-updates\nComponents: main\n\n\
                           Types: deb\nURIs: https://b.example/debian-security\n\
                           Suites: bookworm-security\nComponents: main\n\n\
                           Enabled: no\nTypes: deb\nURIs: https://c.example/debian\nSuites: sid\n";

    fn lines(sources: &[Source], release: &str) -> Vec<String> {
        let found = for_release(sources, release);
        found
            .iter()
            .map(|s| s.line().trim_end().to_owned())
            .collect()
    }

    #[test]
    fn both_formats_of_apt_sources_parse() {
        let empty = FakeMachine::new("linux", "x86_64");
        assert!(on_machine(&empty).is_empty());
        let list = empty.clone().with_file("/etc/apt/sources.list", LIST);
        let sources = on_machine(&list);
        assert_eq!(
            lines(&sources, "bookworm"),
            ["deb http://a.example/debian bookworm main contrib"]
        );
        let stanzas = empty.with_file("/etc/apt/sources.list.d/debian.sources", STANZAS);
        let sources = on_machine(&stanzas);
        assert_eq!(
            lines(&sources, "bookworm"),
            [
                "deb https://b.example/debian bookworm main",
                "deb https://b.example/debian bookworm-updates main",
                "deb https://b.example/debian-security bookworm-security main",
            ]
        );
        // Another release comes from the same mirror, without updates and security fixes.
        assert_eq!(
            lines(&sources, "trixie"),
            ["deb https://b.example/debian trixie main"]
        );
        assert!(lines(&[], "trixie").is_empty());
    }
}
