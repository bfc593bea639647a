//! The engines: their interface, and the run that they share.

pub mod client;
pub mod container;
pub mod cross;
pub mod diagnose;
pub mod host;
mod info;
mod prepare;
pub mod row;

use std::path::Path;

use crate::engine::row::row_of;
use crate::failure::Failure;
use crate::plan::cargo_command::MakeJob;
use crate::plan::targets::RequestedTarget;
use crate::process::parallel::parallel_map;
use crate::report::Row;
use crate::request::EngineKind;

/// A command that runs for each target.
pub struct EngineRun<'a> {
    pub verb: &'static str,
    pub builders: Builders,
    pub runs_programs: bool,
    /// Arguments for the test programs.
    pub last: &'a [String],
    pub job: MakeJob<'a>,
    /// Makes a job that only compiles what `job` runs; `None` if `job` itself only compiles.
    pub compile: Option<MakeJob<'a>>,
}

/// Builders that a command runs if `--builder` is not given.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Builders {
    /// The one that cargo would choose.
    Chosen,
    /// Both, for this machine's own target; a missing one is skipped.
    BothHere,
    /// Both; a missing one is an error.
    Both,
}

/// An engine: builds and tests targets.
pub trait Engine: Sync {
    /// A target, or a target and builder, that is ready to run.
    type Ready: Send + Sync;
    /// The result of running one.
    type Done: From<Row>;
    /// The engine's name in rows.
    const KIND: EngineKind;

    /// The number of targets to prepare in parallel.
    fn at_once(&self) -> usize {
        1
    }

    /// Decides everything about a target, and provides what it needs.
    ///
    /// # Errors
    /// A missing tool or a failure becomes the target's row, and doesn't stop the others.
    fn prepare(&self, requested: &RequestedTarget) -> Result<Vec<Prepared<Self::Ready>>, Failure>;

    /// Runs what is ready; returns one result for each, in order. A dry run prints the commands
    /// and returns nothing.
    ///
    /// # Errors
    /// Something that concerns all of them. A target that fails has a result.
    fn run(&self, ready: &[&Self::Ready]) -> Result<Vec<Self::Done>, Failure>;
}

/// A finished row, or something to run.
pub enum Prepared<T> {
    Skipped(Box<Row>),
    Ready(Box<T>),
}

/// Prepares every target, then runs what is ready; returns the results in the targets' order.
///
/// # Errors
/// Something that concerns all targets.
pub fn results<E: Engine>(
    engine: &E,
    requested: &[RequestedTarget],
) -> Result<Vec<E::Done>, Failure> {
    // Rows are made in order, since they print errors; what concerns all targets ends the command.
    let row = |one: &RequestedTarget, prepared: Result<_, Failure>| {
        prepared.or_else(|failure| {
            let row = row_of(one, failure, E::KIND)?;
            Ok::<_, Failure>(vec![Prepared::Skipped(Box::new(row))])
        })
    };
    let at_once = engine.at_once();
    let prepared: Vec<Vec<Prepared<E::Ready>>> = if at_once == 1 {
        let rows = requested.iter().map(|one| row(one, engine.prepare(one)));
        rows.collect::<Result<_, _>>()?
    } else {
        let prepared = parallel_map(at_once, requested, |one| engine.prepare(one));
        let pairs = requested.iter().zip(prepared);
        pairs
            .map(|(one, prepared)| row(one, prepared))
            .collect::<Result<_, _>>()?
    };
    let ready: Vec<&E::Ready> = prepared
        .iter()
        .flatten()
        .filter_map(|one| match one {
            Prepared::Ready(ready) => Some(ready.as_ref()),
            Prepared::Skipped(_) => None,
        })
        .collect();
    let mut done = match ready.is_empty() {
        true => Vec::new(),
        false => engine.run(&ready)?,
    }
    .into_iter();
    let results = prepared.iter().flatten().filter_map(|one| match one {
        Prepared::Skipped(row) => Some(E::Done::from(row.as_ref().clone())),
        Prepared::Ready(_) => done.next(),
    });
    Ok(results.collect())
}

/// A directory that `--clean` removes, also after Ctrl-C.
pub struct Cleaned<'a>(pub &'a Path);

impl Drop for Cleaned<'_> {
    fn drop(&mut self) {
        // A directory that can't be removed only takes space, and git ignores it.
        let _ = std::fs::remove_dir_all(self.0);
    }
}
