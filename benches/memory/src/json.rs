//! Parses and prints a JSON document repeatedly.

use serde_json::{Value, json};

use crate::Meter;

/// Articles in the document: a few MiB of text.
const ARTICLES: u64 = 20_000;

/// Parses and prints the document the given number of times.
pub fn run(meter: &mut Meter, documents: u64) {
    let text = document();
    meter.figure("document_bytes", text.len() as f64);
    let length = text.len();
    meter.work(|meter| {
        for _ in 0..documents {
            let tree: Value = serde_json::from_str(&text).expect("it is a document");
            let printed = tree.to_string();
            assert_eq!(printed.len(), length);
            meter.live(2 * length as u64);
        }
    });
    meter.rest(length as u64);
}

fn document() -> String {
    let mut random = fastrand::Rng::with_seed(3);
    let mut word = |longest: usize| -> String {
        let length = random.usize(3..=longest);
        (0..length).map(|_| random.lowercase()).collect()
    };
    let articles: Vec<Value> = (0..ARTICLES)
        .map(|number| {
            let labels: Vec<String> = (0..number % 5).map(|_| word(12)).collect();
            json!({
                "number": number,
                "name": word(30),
                "price": number * 37 % 1000,
                "labels": labels,
                "maker": {"name": word(16), "country": word(8)},
            })
        })
        .collect();
    Value::from(articles).to_string()
}
