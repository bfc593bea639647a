//! sqlparser: parse SQL into a tree, rename its tables, print it.

use std::fmt::Write as _;
use std::ops::ControlFlow;

use snmalloc_bench_workloads::Session;
use sqlparser::ast::{Ident, ObjectName, visit_relations_mut};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;

use crate::words::{Words, hash, measure_each};

/// The number of different scripts, and the queries of each.
const SCRIPTS: u64 = 8;
const QUERIES: usize = 30;

/// Each iteration is one script.
pub fn run(session: &mut Session) -> u64 {
    let scripts: Vec<String> = (0..SCRIPTS).map(script).collect();
    measure_each(session, &scripts, rewrite)
}

fn rewrite(script: &str) -> u64 {
    let dialect = PostgreSqlDialect {};
    let mut statements = Parser::parse_sql(&dialect, script).expect("valid SQL");
    let mut tables = 0;
    let _ = visit_relations_mut(&mut statements, |table| {
        tables += 1;
        let name = format!("{table}_{tables}");
        *table = ObjectName::from(vec![Ident::new("archive"), Ident::new(name)]);
        ControlFlow::<()>::Continue(())
    });
    let texts: Vec<String> = statements.iter().map(ToString::to_string).collect();
    hash(texts.join(";\n").as_bytes()).wrapping_add(tables)
}

fn script(seed: u64) -> String {
    let mut words = Words::new(seed);
    let mut text = String::new();
    for number in 0..QUERIES {
        let [a, b, c] = ["a", "b", "c"].map(|prefix| format!("{prefix}_{}", words.word()));
        // Writing to a string never fails, here and below.
        let _ = match number % 3 {
            0 => writeln!(
                text,
                "CREATE TABLE {a} ({b} BIGINT PRIMARY KEY, {c} VARCHAR({}) NOT NULL DEFAULT '{}', \
                 t TIMESTAMP, UNIQUE ({b}, {c}));",
                words.number(99) + 1,
                words.word()
            ),
            1 => writeln!(
                text,
                "INSERT INTO {a} (x, y, z) VALUES ({}, '{}', NULL), ({}, '{}', now());",
                words.number(999),
                words.sentence(4),
                words.number(999),
                words.sentence(3)
            ),
            _ => writeln!(
                text,
                "WITH {c} AS (SELECT x, count(*) AS n FROM {a} WHERE {} GROUP BY x HAVING count(*) > 3) \
                 SELECT u.x, coalesce({c}.n, 0) + {}, CASE WHEN u.y IS NULL THEN '{}' ELSE lower(u.y) END \
                 FROM {b} AS u LEFT JOIN {c} ON u.x = {c}.x AND {} \
                 WHERE u.id IN (SELECT id FROM {a} WHERE y LIKE '%{}%') ORDER BY u.x DESC LIMIT {};",
                condition(&mut words, 3),
                words.number(50),
                words.word(),
                condition(&mut words, 2),
                words.word(),
                words.number(100) + 1
            ),
        };
    }
    text
}

fn condition(words: &mut Words, depth: usize) -> String {
    if depth == 0 {
        let column = words.word();
        return format!(
            "col_{column} >= {} * (1 + b_{})",
            words.number(99),
            words.word()
        );
    }
    let left = condition(words, depth - 1);
    let right = condition(words, depth - 1);
    let sign = words.one_of(&["AND", "OR", "AND NOT"]);
    format!("({left} {sign} {right})")
}
