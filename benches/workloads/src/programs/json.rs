//! A service with requests and answers in JSON.

use std::sync::mpsc::sync_channel;
use std::thread;

use serde::{Deserialize, Serialize};

use crate::Session;

#[derive(Serialize, Deserialize)]
struct Order {
    id: u64,
    customer: Customer,
    items: Vec<Item>,
    notes: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Customer {
    name: String,
    address: Vec<String>,
    email: String,
}

#[derive(Serialize, Deserialize)]
struct Item {
    article: String,
    count: u32,
    cents: u64,
    labels: Vec<String>,
}

#[derive(Serialize)]
struct Invoice<'a> {
    order: u64,
    to: &'a str,
    lines: Vec<String>,
    total_cents: u64,
}

/// The number of different requests.
const REQUESTS: u64 = 64;

/// One thread passes requests to workers, which share nothing. It frees the texts that they
/// answer with.
pub fn run(session: &mut Session) -> u64 {
    let requests: Vec<String> = (0..REQUESTS)
        .map(|id| serde_json::to_string(&order(id)).expect("an order can be written"))
        .collect();
    let iterations = session.iterations;
    let threads = session.threads;
    session.measure(|| {
        thread::scope(|scope| {
            let (answer, answers) = sync_channel::<String>(256);
            let workers: Vec<_> = (0..threads)
                .map(|_| {
                    let (send, received) = sync_channel::<String>(64);
                    let answer = answer.clone();
                    scope.spawn(move || {
                        for request in received {
                            if answer.send(handle(&request)).is_err() {
                                break;
                            }
                        }
                    });
                    send
                })
                .collect();
            drop(answer);
            let reader = scope.spawn(move || {
                let lengths = answers.iter().map(|answer| answer.len() as u64);
                lengths.sum()
            });
            for (i, worker) in (0..iterations).zip(workers.iter().cycle()) {
                let request = requests[(i % REQUESTS) as usize].clone();
                worker.send(request).expect("a worker listens");
            }
            drop(workers);
            reader.join().expect("the reader ends well")
        })
    })
}

fn handle(request: &str) -> String {
    let order: Order = serde_json::from_str(request).expect("a request is an order");
    let total_cents = order
        .items
        .iter()
        .map(|item| u64::from(item.count) * item.cents)
        .sum();
    let invoice = Invoice {
        order: order.id,
        to: &order.customer.name,
        lines: order
            .items
            .iter()
            .map(|item| {
                format!(
                    "{} of {} ({})",
                    item.count,
                    item.article,
                    item.labels.join(", ")
                )
            })
            .collect(),
        total_cents,
    };
    serde_json::to_string(&invoice).expect("an invoice can be written")
}

fn order(id: u64) -> Order {
    let mut random = fastrand::Rng::with_seed(id);
    let mut word = |longest: usize| -> String {
        let length = random.usize(3..=longest);
        (0..length).map(|_| random.lowercase()).collect()
    };
    let customer = Customer {
        name: format!("{} {}", word(8), word(14)),
        address: (0..3).map(|_| word(24)).collect(),
        email: format!("{}@{}.example", word(10), word(10)),
    };
    let items = (0..8 + id % 24)
        .map(|number| Item {
            article: word(30),
            count: number as u32 + 1,
            cents: 100 + number * 37,
            labels: (0..number % 4).map(|_| word(12)).collect(),
        })
        .collect();
    Order {
        id,
        customer,
        items,
        notes: (id % 3 == 0).then(|| word(200)),
    }
}
