//! redb: put, get and scan in a database file.

use redb::{Database, Durability, ReadableDatabase as _, ReadableTable as _, TableDefinition};
use snmalloc_bench_workloads::Session;

use crate::scratch::Scratch;
use crate::words::{Words, hash, sum};

const RECORDS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("records");
const TIMES: TableDefinition<'_, u64, &str> = TableDefinition::new("times");

/// Different keys, and writes of a transaction.
const KEYS: usize = 20_000;
const WRITES: usize = 400;

/// Each iteration is one transaction, and reads of its result.
pub fn run(session: &mut Session) -> u64 {
    let dir = Scratch::new("database");
    let database = Database::builder()
        .set_cache_size(16 << 20)
        .create(dir.path().join("file.redb"))
        .expect("a new database");
    let mut words = Words::new(7);
    let text = words.sentence(4000);
    let iterations = session.iterations;
    session.measure(|| {
        sum((0..iterations).map(|turn| {
            write(&database, &text, &mut words, turn).expect("a database that can be written");
            read(&database, &mut words, turn).expect("a database that can be read")
        }))
    })
}

fn key(words: &mut Words) -> String {
    format!("user/{:06}", words.number(KEYS))
}

fn write(database: &Database, text: &str, words: &mut Words, turn: u64) -> Result<(), redb::Error> {
    let mut transaction = database.begin_write()?;
    // The disk is no allocator's work: most transactions don't wait for it.
    transaction.set_durability(match turn % 16 {
        15 => Durability::Immediate,
        _ => Durability::None,
    })?;
    {
        let mut records = transaction.open_table(RECORDS)?;
        let mut times = transaction.open_table(TIMES)?;
        for i in 0..WRITES {
            let key = key(words);
            let start = words.number(text.len() - 300);
            let value = &text.as_bytes()[start..start + 10 + words.number(290)];
            records.insert(key.as_str(), value)?;
            times.insert(turn * WRITES as u64 + i as u64, key.as_str())?;
            if i % 8 == 0 {
                records.remove(self::key(words).as_str())?;
            }
        }
    }
    transaction.commit()?;
    Ok(())
}

fn read(database: &Database, words: &mut Words, turn: u64) -> Result<u64, redb::Error> {
    let transaction = database.begin_read()?;
    let records = transaction.open_table(RECORDS)?;
    let times = transaction.open_table(TIMES)?;
    let mut result = turn;
    for _ in 0..WRITES {
        if let Some(value) = records.get(key(words).as_str())? {
            result = result.wrapping_add(hash(value.value()));
        }
    }
    let from = key(words);
    let scanned = records.range(from.as_str()..)?.take(200);
    let owned = scanned
        .map(|record| record.map(|(key, value)| (key.value().to_owned(), value.value().to_vec())));
    let page: Vec<(String, Vec<u8>)> = owned.collect::<Result<_, _>>()?;
    let bytes = page.iter().map(|(key, value)| key.len() + value.len());
    result = result.wrapping_add(bytes.sum::<usize>() as u64);
    let latest = times.iter()?.rev().take(50);
    for entry in latest {
        result = result.wrapping_add(hash(entry?.1.value().as_bytes()));
    }
    Ok(result)
}
