//! Runs the tasks of a build: batches in sequence, then the remaining tasks in parallel.

use std::time::Instant;

use crate::engine::host::batch::{self, Part};
use crate::engine::host::{Host, Task};
use crate::engine::row;
use crate::failure::Failure;
use crate::process::command::Job;
use crate::process::log::{run_logged, run_tests};
use crate::process::parallel::{group_by_lock, parallel_map};
use crate::process::run::Outcome;
use crate::process::scratch::Scratch;
use crate::process::test_progress::TestProgress;
use crate::report::{Row, Status};
use crate::request::EngineKind;
use crate::runners;

impl Host<'_> {
    /// Runs the tasks; returns one row for each, in order.
    pub fn execute(&self, tasks: &[&Task]) -> Result<Vec<Row>, Failure> {
        let (share, context) = (self.share, self.context);
        for task in tasks {
            context.progress.line(&format!(
                "{}: builder {}, because {}",
                task.name,
                task.resolved.builder.name(),
                task.resolved.builder_reason
            ));
        }
        let mut rows: Vec<Option<Row>> = tasks.iter().map(|_| None).collect();

        let compile: Vec<&Job> = tasks.iter().map(|task| &task.compile).collect();
        let batches = batch::merge_by_target(&compile);
        // In sequence, each with all CPUs: in parallel they would end at different times, and the
        // last one would continue with its share only.
        for (job, indices) in &batches {
            let batch_tasks: Vec<&Task> = indices.iter().map(|index| tasks[*index]).collect();
            let more = self.run_batch(&share.of(job, 1), &batch_tasks)?;
            for (index, row) in indices.iter().zip(more) {
                rows[*index] = Some(row);
            }
        }

        let left = (0..tasks.len()).filter(|index| rows[*index].is_none());
        let groups = group_by_lock(left.map(|index| (index, self.lock_of(tasks[index]))));
        let done = parallel_map(share.jobs, &groups, |indices| {
            let run_alone = |index: &usize| {
                let task = tasks[*index];
                let job = share.of(&task.job, groups.len());
                Ok((*index, self.run_alone(&job, task)?))
            };
            indices.iter().map(run_alone).collect()
        });
        store(&mut rows, done)?;
        Ok(rows.into_iter().flatten().collect())
    }

    /// Names the lock that a task needs; tasks with the same lock run one after the other.
    /// Cargos lock their build directory. This workspace's own tests build things themselves.
    fn lock_of(&self, task: &Task) -> Option<String> {
        match (self.run.compile.is_some(), task.resolved.native) {
            // Already compiled: the task only runs programs.
            (true, false) => None,
            (true, true) => Some("the workspace".to_owned()),
            (false, _) => task.job.variable("CARGO_TARGET_DIR").map(str::to_owned),
        }
    }

    /// Compiles for several targets with one cargo. Returns their rows if there is nothing left
    /// to run; else, and if compiling fails, returns none.
    fn run_batch(&self, job: &Job, tasks: &[&Task]) -> Result<Vec<Row>, Failure> {
        let context = self.context;
        let verb = match self.run.compile {
            Some(_) => "compile",
            None => self.run.verb,
        };
        let parts: Vec<Part> = tasks.iter().map(|task| task.part(verb)).collect();
        let done = match batch::run(job, &parts, context) {
            // Each task then gets its own row, as interrupted.
            Err(Failure::Interrupted) => return Ok(Vec::new()),
            done => done?,
        };
        match done {
            Some((outcome, seconds)) if self.run.compile.is_none() => Ok(tasks
                .iter()
                .zip(seconds)
                .map(|(task, seconds)| self.row(task, (&outcome, seconds, "")))
                .collect()),
            Some(_) => Ok(Vec::new()),
            None => {
                context
                    .progress
                    .line("compiling failed: the targets are now compiled one by one");
                Ok(Vec::new())
            }
        }
    }

    fn run_alone(&self, job: &Job, task: &Task) -> Result<Row, Failure> {
        let context = self.context;
        let part = task.part(self.run.verb);
        let logs = context.target_dir().join("logs");
        let times = logs.join(format!("{}.times.json", part.log));
        let mut progress = TestProgress::new(&times);
        let start = Instant::now();
        let done = match self.run.runs_programs {
            true => {
                // rustdoc and tests that a signal ends don't remove their files.
                let temporary = Scratch::temporary()?;
                let mut job = job.clone();
                let dir = temporary.path().to_string_lossy();
                let variables = ["TMPDIR", "TMP", "TEMP"];
                (job.env).extend(variables.map(|name| (name.to_owned(), dir.to_string())));
                run_tests(&job, &part.log, &part.what, &mut progress, context)
            }
            false => run_logged(job, &part.log, &part.what, context),
        };
        match done {
            Ok((outcome, seconds, log)) => {
                progress.write_times(&times);
                Ok(self.row(task, (&outcome, seconds, &log)))
            }
            Err(Failure::Interrupted) => Ok(self.interrupted(task, &progress, start)),
            // A target that fails doesn't stop the others.
            Err(Failure::Failed(reason)) => Ok(Row {
                builder: Some(task.resolved.builder.name()),
                ..row::failed(&task.name, reason)
            }),
            Err(other) => Err(other),
        }
    }

    /// The row of an interrupted task, with the results until then.
    fn interrupted(&self, task: &Task, progress: &TestProgress, start: Instant) -> Row {
        let resolved = &task.resolved;
        let mut tests = progress.tests;
        tests.skip(progress.skips.tests());
        Row {
            builder: Some(resolved.builder.name()),
            std: Some(resolved.std.name()),
            runner: resolved.runner_name().filter(|_| self.run.runs_programs),
            seconds: start.elapsed().as_secs_f64(),
            tests: self.run.runs_programs.then_some(tests),
            ..row::interrupted(&task.name, EngineKind::Host)
        }
    }

    fn row(&self, task: &Task, result: (&Outcome, f64, &str)) -> Row {
        let resolved = &task.resolved;
        let runs_programs = self.run.runs_programs;
        let mut row = row::ended(
            &task.name,
            EngineKind::Host,
            resolved,
            runs_programs,
            result,
        );
        if row.status == Status::Passed {
            let out_dir = result.0.out_dir(&resolved.target.triple);
            let finished = runners::finish_programs(resolved, &row.programs, out_dir, self.context);
            if let Err(failure) = finished {
                row.status = Status::Failed;
                row.reason = failure.message();
            }
        }
        row
    }
}

impl Task {
    fn part(&self, verb: &str) -> Part<'_> {
        let (name, builder) = (&self.name, self.resolved.builder.name());
        Part {
            what: format!("{verb} {name} with {builder}"),
            log: format!("{verb}-{name}-{builder}"),
            triple: &self.resolved.target.triple,
        }
    }
}

type IndexedRows = Vec<(usize, Row)>;

fn store(rows: &mut [Option<Row>], done: Vec<Result<IndexedRows, Failure>>) -> Result<(), Failure> {
    for indexed_rows in done {
        for (index, row) in indexed_rows? {
            rows[index] = Some(row);
        }
    }
    Ok(())
}
