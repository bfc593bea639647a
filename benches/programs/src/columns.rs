//! arrow: build columns, filter, sort, compute and join them.

use std::sync::Arc;

use arrow_array::builder::{Float64Builder, StringBuilder, UInt64Builder};
use arrow_array::cast::AsArray as _;
use arrow_array::types::{Float64Type, UInt64Type};
use arrow_array::{Array as _, ArrayRef, Float64Array, RecordBatch, Scalar, UInt64Array};
use arrow_ord::sort::{SortColumn, lexsort_to_indices};
use snmalloc_bench_workloads::Session;

use crate::words::{Words, hash, sum};

/// Rows of a batch, and batches of a query.
const ROWS: usize = 8192;
const BATCHES: usize = 6;

/// Each iteration is one query.
pub fn run(session: &mut Session) -> u64 {
    let mut words = Words::new(8);
    let names: Vec<String> = (0..ROWS).map(|_| words.sentence(2)).collect();
    let iterations = session.iterations;
    session.measure(|| sum((0..iterations).map(|i| query(&names, i))))
}

fn query(names: &[String], turn: u64) -> u64 {
    let mut words = Words::new(turn % 5);
    let kept: Vec<RecordBatch> = (0..BATCHES)
        .map(|_| filter(&batch(names, &mut words)))
        .collect();
    let schema = kept[0].schema();
    let all = arrow_select::concat::concat_batches(&schema, &kept).expect("batches of one kind");
    let order = [1, 0].map(|column| SortColumn {
        values: Arc::clone(all.column(column)),
        options: None,
    });
    let order = lexsort_to_indices(&order, None).expect("sortable columns");
    let sorted = arrow_select::take::take_record_batch(&all, &order).expect("indices of rows");
    let first = sorted.slice(0, sorted.num_rows().min(100));
    let names = first.column(1).as_string::<i32>();
    let total: f64 = sorted
        .column(2)
        .as_primitive::<Float64Type>()
        .iter()
        .flatten()
        .sum();
    let ids: u64 = sorted
        .column(0)
        .as_primitive::<UInt64Type>()
        .values()
        .iter()
        .sum();
    let texts = names.iter().flatten().map(|name| hash(name.as_bytes()));
    sum(texts)
        .wrapping_add(total.to_bits())
        .wrapping_add(ids)
        .wrapping_add(sorted.num_rows() as u64)
}

/// Rows of a number, a name, and a price that may be missing.
fn batch(names: &[String], words: &mut Words) -> RecordBatch {
    let mut ids = UInt64Builder::new();
    let mut texts = StringBuilder::new();
    let mut prices = Float64Builder::new();
    for _ in 0..ROWS {
        ids.append_value(words.number(1 << 20) as u64);
        texts.append_value(&names[words.number(names.len())]);
        let price = words.number(1000);
        prices.append_option((price > 99).then_some(price as f64 / 4.0));
    }
    let columns: [(&str, ArrayRef); 3] = [
        ("id", Arc::new(ids.finish())),
        ("name", Arc::new(texts.finish())),
        ("price", Arc::new(prices.finish())),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.map(|(name, it)| (name, it, true)))
        .expect("columns of one length")
}

/// Keeps the cheap rows with an even number, and adds the tax.
fn filter(batch: &RecordBatch) -> RecordBatch {
    let limit = Scalar::new(Float64Array::from(vec![180.0]));
    let cheap = arrow_ord::cmp::lt(batch.column(2), &limit).expect("two columns of numbers");
    let two = Scalar::new(UInt64Array::from(vec![2]));
    let rest = arrow_arith::numeric::rem(batch.column(0), &two).expect("whole numbers");
    let zero = Scalar::new(UInt64Array::from(vec![0]));
    let even = arrow_ord::cmp::eq(&rest, &zero).expect("whole numbers");
    let both = arrow_arith::boolean::and_kleene(&cheap, &even).expect("columns of one length");
    let kept = arrow_select::filter::filter_record_batch(batch, &both).expect("a column of bools");
    let tax = Scalar::new(Float64Array::from(vec![1.25]));
    let taxed = arrow_arith::numeric::mul(kept.column(2), &tax).expect("a column of numbers");
    debug_assert_eq!(taxed.len(), kept.num_rows());
    let columns = vec![
        Arc::clone(kept.column(0)),
        Arc::clone(kept.column(1)),
        taxed,
    ];
    RecordBatch::try_new(kept.schema(), columns).expect("the same columns")
}
