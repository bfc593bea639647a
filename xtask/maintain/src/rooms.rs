//! Checks the imports of all modules of xtask and of this package: they run down the list of
//! rooms, without circles.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// A package's source, and its rooms, top first. A room imports only from those below it; a file
/// that is listed by its own path is a room of its own.
struct Package {
    source: &'static str,
    rooms: &'static [&'static str],
}

const PACKAGES: [Package; 2] = [
    Package {
        source: concat!(env!("CARGO_MANIFEST_DIR"), "/../src"),
        rooms: &[
            "commands",
            "forward",
            "cli",
            "engine",
            "runners",
            "images",
            "engine::info",
            "engine::client",
            "engine::diagnose",
            "plan",
            "process::log",
            "context",
            "process",
            "report",
            "request",
            "suggest",
            "failure",
        ],
    },
    // All of it is above xtask.
    Package {
        source: concat!(env!("CARGO_MANIFEST_DIR"), "/src"),
        rooms: &[
            "properties",
            "commands",
            "cli",
            "ci",
            "images",
            "release",
            "source",
            "lock",
        ],
    },
];

type Modules = BTreeMap<String, String>;

/// The code of every module except tests, by path: `engine::run`. The crate's root is `""`.
fn modules(package: &Package) -> Modules {
    fn add(dir: &Path, prefix: &str, modules: &mut Modules) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let module = match (prefix, name.as_str()) {
                ("", "lib") => String::new(),
                (_, "mod") => prefix.to_owned(),
                ("", _) => name.clone(),
                _ => format!("{prefix}::{name}"),
            };
            if path.is_dir() {
                add(&path, &module, modules);
            } else if path.extension().is_some_and(|end| end == "rs")
                && !["tests", "rooms"].contains(&name.as_str())
            {
                modules.insert(module, without_tests(&fs::read_to_string(&path).unwrap()));
            }
        }
    }
    let mut modules = Modules::new();
    add(Path::new(package.source), "", &mut modules);
    modules
}

/// Drops comments, and the test module at the end of a file.
fn without_tests(text: &str) -> String {
    let code = text.split("\nmod tests {").next().unwrap_or_default();
    let lines = code.lines().filter(|line| !line.trim().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// The modules that a module imports, by `use` or by a path in its code.
fn imports(module: &str, modules: &Modules) -> BTreeSet<String> {
    let mut paths = Vec::new();
    for statement in modules[module].split(';') {
        let words: Vec<&str> = statement.split_whitespace().collect();
        let text = words.join(" ");
        match text.rsplit_once("use ") {
            Some((_, path))
                if ["crate::", "super::", "self::"]
                    .iter()
                    .any(|root| path.starts_with(root)) =>
            {
                expand("", path, &mut paths);
            }
            _ => paths.extend(text.match_indices("crate::").map(|(at, _)| {
                let is_path = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
                text[at..].chars().take_while(|c| is_path(*c)).collect()
            })),
        }
    }
    let parent = module.rsplit_once("::").map_or("", |(parent, _)| parent);
    let imported = paths.iter().filter_map(|path: &String| {
        let (root, rest) = path.split_once("::")?;
        let path = match root {
            "super" => format!("{parent}::{rest}"),
            "self" => format!("{module}::{rest}"),
            _ => rest.to_owned(),
        };
        let mut path = path.trim_start_matches("::");
        while !modules.contains_key(path) {
            path = path.rsplit_once("::")?.0;
        }
        (path != module).then(|| path.to_owned())
    });
    imported.collect()
}

/// Splits `a::{b, c::{d}}` into `a::b` and `a::c::d`.
fn expand(prefix: &str, tree: &str, paths: &mut Vec<String>) {
    let Some((before, rest)) = tree.split_once('{') else {
        let path = tree.split(" as ").next().unwrap_or_default().trim();
        paths.push(format!("{prefix}{path}"));
        return;
    };
    let inner = rest.rsplit_once('}').map_or(rest, |(inner, _)| inner);
    let (mut depth, mut start) = (0, 0);
    for (at, c) in inner.char_indices().chain([(inner.len(), ',')]) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                let item = inner[start..at].trim();
                if !item.is_empty() {
                    expand(&format!("{prefix}{before}"), item, paths);
                }
                start = at + 1;
            }
            _ => {}
        }
    }
}

impl Package {
    /// The position of a module's room in the list; the most specific entry counts.
    fn rank(&self, module: &str) -> usize {
        let holds = |room: &str| module == room || module.starts_with(&format!("{room}::"));
        let rooms = self.rooms.iter().enumerate();
        let best = rooms
            .filter(|(_, room)| holds(room))
            .max_by_key(|(_, room)| room.len());
        best.unwrap_or_else(|| panic!("{module} of {} is in no room", self.source))
            .0
    }
}

#[test]
fn imports_run_down() {
    let mut up = Vec::new();
    for package in &PACKAGES {
        let modules = modules(package);
        for module in modules.keys().filter(|module| is_ranked(module)) {
            for import in imports(module, &modules) {
                if !is_ranked(&import) || package.rank(&import) < package.rank(module) {
                    up.push(format!("{module} imports {import}"));
                }
            }
        }
    }
    assert!(up.is_empty(), "imports that run up:\n{}", up.join("\n"));
}

/// The crate's root and its program are above all rooms.
fn is_ranked(module: &str) -> bool {
    !["", "main"].contains(&module)
}

#[test]
fn cli_is_known_to_commands_only() {
    for package in &PACKAGES {
        let modules = modules(package);
        let cli = package.rank("cli");
        for module in modules.keys().filter(|module| is_ranked(module)) {
            if package.rank(module) <= cli {
                continue;
            }
            let imports = imports(module, &modules);
            let found = imports.iter().find(|import| package.rank(import) == cli);
            assert_eq!(found, None, "imported by {module}");
            assert!(!modules[module].contains("xtask::cli"), "{module}");
        }
    }
}

#[test]
fn modules_form_no_circle() {
    for package in &PACKAGES {
        let modules = modules(package);
        let mut left: BTreeMap<&str, BTreeSet<String>> = modules
            .keys()
            .map(|module| (module.as_str(), imports(module, &modules)))
            .collect();
        // Remove modules that import nothing that is left, until none can be removed.
        loop {
            let before = left.len();
            let names: BTreeSet<String> = left.keys().map(|name| (*name).to_owned()).collect();
            left.retain(|_, imports| imports.iter().any(|import| names.contains(import)));
            if left.len() == before {
                break;
            }
        }
        let names: Vec<&&str> = left.keys().collect();
        assert!(
            left.is_empty(),
            "modules in circles, or above one: {names:?}"
        );
    }
}

#[test]
fn imports_are_found() {
    let code = "use std::fs;\nuse crate::a::{self, b::{C, D as E}};\npub use self::f::G;\n\
                fn h() { crate::i::j(); }\n#[cfg(test)]\nmod tests {\nuse crate::k;\n}\n";
    let mut modules: Modules = ["a", "a::b", "m::f", "i", "k"]
        .map(|name| (name.to_owned(), String::new()))
        .into();
    modules.insert("m".to_owned(), without_tests(code));
    let imports: Vec<String> = imports("m", &modules).into_iter().collect();
    assert_eq!(imports, ["a", "a::b", "i", "m::f"]);
}
