//! serde_json: parse a document into a tree, change the tree, print it.

use serde_json::{Map, Value, json};
use snmalloc_bench_workloads::Session;

use crate::words::{Words, hash, sum};

/// The number of entries in the document.
const ENTRIES: usize = 4000;

/// Each iteration is one document.
pub fn run(session: &mut Session) -> u64 {
    let text = document();
    let iterations = session.iterations;
    session.measure(|| sum((0..iterations).map(|_| edit(&text))))
}

fn edit(text: &str) -> u64 {
    let mut document: Value = serde_json::from_str(text).expect("a document");
    let entries = document["entries"].as_array_mut().expect("a list");
    // A third goes, the others change.
    entries.retain(|entry| entry["id"].as_u64().is_some_and(|id| id % 3 != 0));
    for entry in entries.iter_mut() {
        change(entry);
    }
    entries.sort_by(|a, b| a["name"].as_str().cmp(&b["name"].as_str()));
    let names: Vec<Value> = entries.iter().map(|it| it["name"].clone()).collect();
    document["index"] = Value::Array(names);
    hash(document.to_string().as_bytes())
}

fn change(entry: &mut Value) {
    let object = entry.as_object_mut().expect("an object");
    let tags = object.remove("tags").unwrap_or_default();
    let renamed: Map<String, Value> = tags
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|tag| Some((format!("tag-{}", tag.as_str()?), Value::Bool(true))))
        .collect();
    object.insert("labels".to_owned(), Value::Object(renamed));
    if let Some(Value::String(text)) = object.get_mut("text") {
        *text = text.to_uppercase();
    }
    let place = object.get("place").cloned().unwrap_or_default();
    object.insert("copy".to_owned(), json!({ "of": place, "by": "program" }));
}

fn document() -> String {
    let mut words = Words::new(4);
    let entries: Vec<Value> = (0..ENTRIES)
        .map(|id| {
            let tags: Vec<String> = (0..words.number(6)).map(|_| words.word()).collect();
            json!({
                "id": id,
                "name": words.sentence(2),
                "text": words.sentence(24),
                "tags": tags,
                "place": { "x": words.number(9999) as f64 / 16.0, "y": words.number(9999), "at": words.word() },
                "parts": (0..words.number(8)).map(|_| json!([words.number(99), words.word()])).collect::<Vec<_>>(),
                "open": words.number(2) == 0,
                "owner": null,
            })
        })
        .collect();
    json!({ "version": 1, "entries": entries }).to_string()
}
