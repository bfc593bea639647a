//! Runs several things in parallel.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use snmalloc_toolchains::Machine;

use crate::process::command::Job;

/// Calls `run` with each of `items`, at most `max` in parallel; returns the results in the
/// order of the items.
pub fn parallel_map<T: Sync, R: Send>(
    max: usize,
    items: &[T],
    run: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let results: Mutex<Vec<(usize, R)>> = Mutex::new(Vec::new());
    let work = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(index) else { break };
            let result = run(item);
            let mut results = results.lock().unwrap_or_else(PoisonError::into_inner);
            results.push((index, result));
        }
    };
    thread::scope(|scope| {
        for _ in 1..max.min(items.len()) {
            scope.spawn(work);
        }
        // The calling thread works too.
        work();
    });
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

/// Groups indices by the lock that each needs. A group's members must run one after the other; an index without a
/// lock is a group of its own.
pub fn group_by_lock(locks: impl Iterator<Item = (usize, Option<String>)>) -> Vec<Vec<usize>> {
    let mut groups: Vec<(Option<String>, Vec<usize>)> = Vec::new();
    for (index, name) in locks {
        let known = |group: &&mut (Option<String>, Vec<usize>)| name.is_some() && group.0 == name;
        match groups.iter_mut().find(known) {
            Some((_, indices)) => indices.push(index),
            None => groups.push((name, vec![index])),
        }
    }
    groups.into_iter().map(|(_, indices)| indices).collect()
}

/// The parallel jobs that targets share.
#[derive(Clone, Copy)]
pub struct Share {
    /// The maximum number of parallel jobs.
    pub jobs: usize,
    /// True if the user passed `--jobs`.
    requested: bool,
    /// True if CARGO_BUILD_JOBS is set; it applies unless `--jobs` is passed.
    cargo_jobs_set: bool,
}

impl Share {
    pub fn new(requested: Option<NonZeroUsize>, machine: &dyn Machine) -> Self {
        let cpus = || thread::available_parallelism().map_or(1, usize::from);
        Self {
            jobs: requested.map_or_else(cpus, usize::from),
            requested: requested.is_some(),
            cargo_jobs_set: machine.var("CARGO_BUILD_JOBS").is_some(),
        }
    }

    /// `job` with its share of cargo's jobs, if `among` jobs are to run.
    pub fn of(&self, job: &Job, among: usize) -> Job {
        let parallel = among.min(self.jobs).max(1);
        let mut job = job.clone();
        if self.requested || (parallel > 1 && !self.cargo_jobs_set) {
            let jobs = (self.jobs / parallel).max(1).to_string();
            job.env.push(("CARGO_BUILD_JOBS".to_owned(), jobs));
        }
        job
    }
}

#[cfg(test)]
mod tests {
    use super::{Share, group_by_lock, parallel_map};
    use crate::process::command::Job;
    use snmalloc_toolchains::FakeMachine;
    use std::num::NonZeroUsize;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    #[test]
    fn results_keep_their_order_and_the_limit_holds() {
        let items: Vec<u64> = (0..12).collect();
        let (now, max) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let doubled = parallel_map(3, &items, |item| {
            max.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            std::thread::sleep(Duration::from_millis(12 - item));
            now.fetch_sub(1, Ordering::SeqCst);
            item * 2
        });
        assert_eq!(doubled, (0..12).map(|item| item * 2).collect::<Vec<_>>());
        assert!(max.into_inner() <= 3);
        assert!(parallel_map(4, &[], |item: &u8| *item).is_empty());
    }
    #[test]
    fn indices_with_one_lock_form_one_group() {
        let names = [Some("a"), None, Some("b"), Some("a"), None];
        let named = names.map(|name| name.map(str::to_owned));
        assert_eq!(
            group_by_lock(named.into_iter().enumerate()),
            [vec![0, 3], vec![1], vec![2], vec![4]]
        );
    }

    #[test]
    fn cargo_jobs_are_shared() {
        let plain = FakeMachine::new("linux", "x86_64");
        let with_jobs = plain.clone().with_var("CARGO_BUILD_JOBS", "7");
        let job = Job {
            program: "cargo".to_owned(),
            args: Vec::new(),
            env: Vec::new(),
            cwd: "/".into(),
        };
        for (machine, requested, among, expected) in [
            (&plain, Some(8), 3, Some("2")),
            (&plain, Some(8), 1, Some("8")),
            (&plain, Some(2), 30, Some("1")),
            (&plain, None, 1, None),
            (&with_jobs, None, 3, None),
            (&with_jobs, Some(4), 2, Some("2")),
        ] {
            let share = Share::new(requested.and_then(NonZeroUsize::new), machine);
            let job = share.of(&job, among);
            assert_eq!(
                job.variable("CARGO_BUILD_JOBS"),
                expected,
                "{requested:?} {among}"
            );
        }
    }
}
