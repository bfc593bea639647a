//! pulldown-cmark: markdown to HTML, with anchors for its headings.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, html};
use snmalloc_bench_workloads::Session;

use crate::words::{Words, hash, measure_each};

/// The number of different documents.
const DOCUMENTS: u64 = 8;
const SECTIONS: usize = 40;

/// Each iteration is one document.
pub fn run(session: &mut Session) -> u64 {
    let documents: Vec<String> = (0..DOCUMENTS).map(document).collect();
    measure_each(session, &documents, render)
}

fn render(text: &str) -> u64 {
    let mut events: Vec<Event<'_>> = Parser::new_ext(text, Options::all()).collect();
    let mut contents = BTreeMap::<String, usize>::new();
    let mut start = 0;
    for i in 0..events.len() {
        match events[i] {
            Event::Start(Tag::Heading { .. }) => start = i,
            Event::End(TagEnd::Heading(_)) => {
                let anchor = anchor(&events[start..i]);
                let number = contents.entry(anchor.clone()).or_default();
                *number += 1;
                let anchor = format!("{anchor}-{number}");
                if let Event::Start(Tag::Heading { id, .. }) = &mut events[start] {
                    *id = Some(CowStr::from(anchor));
                }
            }
            _ => {}
        }
    }
    let mut page = String::new();
    html::push_html(&mut page, events.into_iter());
    hash(page.as_bytes()).wrapping_add(contents.len() as u64)
}

/// The text of a heading, as a name.
fn anchor(heading: &[Event<'_>]) -> String {
    let texts = heading.iter().filter_map(|event| match event {
        Event::Text(text) | Event::Code(text) => Some(text.replace(' ', "-")),
        _ => None,
    });
    texts.collect::<Vec<_>>().join("-")
}

fn document(seed: u64) -> String {
    let mut words = Words::new(seed);
    let mut text = String::new();
    for section in 0..SECTIONS {
        let marks = "#".repeat(1 + section % 3);
        // Writing to a string never fails, here and below.
        let _ = writeln!(text, "{marks} {} `{}`\n", words.sentence(2), words.word());
        for _ in 0..3 {
            let _ = writeln!(
                text,
                "{} *{}* {} **{}** [{}](https://{}.example/{} \"{}\") `{}` & {}[^{section}]\n{}\n",
                words.sentence(14),
                words.sentence(2),
                words.sentence(9),
                words.word(),
                words.sentence(3),
                words.word(),
                words.word(),
                words.word(),
                words.word(),
                words.sentence(12),
                words.sentence(15),
            );
        }
        for i in 0..4 {
            let _ = writeln!(
                text,
                "{}. {}\n   - [x] {}",
                i + 1,
                words.sentence(6),
                words.sentence(4)
            );
        }
        let _ = writeln!(
            text,
            "\n| {} | {} |\n|---|---:|",
            words.word(),
            words.word()
        );
        for _ in 0..5 {
            let _ = writeln!(
                text,
                "| {} | **{}** |",
                words.sentence(3),
                words.number(999)
            );
        }
        let _ = writeln!(
            text,
            "\n```rust\nlet {} = {};\n```\n\n> {}\n> {}\n\n[^{section}]: {}\n",
            words.word(),
            words.number(99),
            words.sentence(8),
            words.sentence(8),
            words.sentence(6)
        );
    }
    text
}
