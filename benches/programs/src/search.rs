//! The crates of ripgrep: search the files of a directory tree in several threads.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use grep_printer::StandardBuilder;
use grep_regex::{RegexMatcher, RegexMatcherBuilder};
use grep_searcher::SearcherBuilder;
use ignore::{WalkBuilder, WalkState};
use snmalloc_bench_workloads::Session;

use crate::scratch::Scratch;
use crate::words::{Words, hash, sum};

const DIRS: usize = 24;
const FILES: usize = 16;
const LINES: usize = 120;

const PATTERNS: [&str; 3] = [r"\b[bd]a\w+ (?:ne|no)\w*", r"(?i)ka[lmn]e", r"to\w+$|^su"];

/// Each iteration is one search.
pub fn run(session: &mut Session) -> u64 {
    let tree = Scratch::new("tree");
    write_tree(tree.path());
    let iterations = session.iterations;
    let threads = session.threads;
    session.measure(|| {
        let patterns = PATTERNS.iter().cycle();
        let all = patterns.zip(0..iterations);
        sum(all.map(|(pattern, _)| search(tree.path(), pattern, threads)))
    })
}

fn search(root: &Path, pattern: &str, threads: usize) -> u64 {
    let matcher = RegexMatcherBuilder::new()
        .line_terminator(Some(b'\n'))
        .build(pattern)
        .expect("a valid pattern");
    let total = AtomicU64::new(0);
    // Only the tree's own rules count, not those of this repository.
    let walk = WalkBuilder::new(root)
        .parents(false)
        .require_git(false)
        .git_global(false)
        .threads(threads)
        .build_parallel();
    walk.run(|| {
        let matcher = matcher.clone();
        let total = &total;
        Box::new(move |entry| {
            let entry = entry.expect("a readable tree");
            if entry.file_type().is_some_and(|it| it.is_file()) {
                total.fetch_add(search_file(root, entry.path(), &matcher), Relaxed);
            }
            WalkState::Continue
        })
    });
    total.into_inner()
}

fn search_file(root: &Path, file: &Path, matcher: &RegexMatcher) -> u64 {
    let mut searcher = SearcherBuilder::new()
        .line_number(true)
        .after_context(1)
        .build();
    let mut printer = StandardBuilder::new()
        .column(true)
        .heading(true)
        .build_no_color(Vec::new());
    let name = file.strip_prefix(root).expect("a file of the tree");
    searcher
        .search_path(matcher, file, printer.sink_with_path(matcher, name))
        .expect("a readable file");
    hash(&printer.into_inner().into_inner())
}

fn write_tree(root: &Path) {
    let mut words = Words::new(2);
    fs::write(root.join(".gitignore"), "*.log\n/dir-3/\n!kept.log\n").expect("a writable tree");
    for dir in 0..DIRS {
        let mut path = PathBuf::from(root);
        path.push(format!("dir-{}", dir % 6));
        path.push(words.word());
        path.push(format!("part-{dir}"));
        fs::create_dir_all(&path).expect("a writable tree");
        for file in 0..FILES {
            let lines: Vec<String> = (0..LINES)
                .map(|_| {
                    let length = 3 + words.number(15);
                    words.sentence(length)
                })
                .collect();
            let extension = words.one_of(&["rs", "md", "txt", "log"]);
            let name = format!("{}-{file}.{extension}", words.word());
            fs::write(path.join(name), lines.join("\n")).expect("a writable tree");
        }
    }
}
