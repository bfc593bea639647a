//! The flags of `bench`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Parser;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use snmalloc_bench_protocol::{CRATE_PROGRAMS, PROGRAMS, Program, WORKLOADS, Workload};

use crate::build::{self, Package};
use crate::failure::Failure;
use crate::variants::{OTHERS, Variant, other};

/// Measure this repository's allocator against others: CPU time, memory, instructions.
#[derive(Parser)]
#[command(
    name = "cargo xtask bench",
    bin_name = "cargo xtask bench",
    after_help = "Exit codes: 0 all measured; 1 a figure is missing, or worse with \
                  --fail-on-regression; 2 the arguments are wrong; 3 something is missing on \
                  this machine; 130 interrupted."
)]
pub struct Args {
    /// The allocators to measure beside this repository's, separated by commas; may be
    /// given several times [default: all]
    #[arg(long, value_delimiter = ',', value_name = "ALLOCATORS", value_parser = others())]
    pub against: Vec<&'static Variant>,
    /// Only these workloads or programs (`--list` shows them), separated by commas
    /// or blanks; may be given several times [default: all workloads]
    #[arg(
        long, value_delimiter = ',', num_args = 1.., value_name = "WORKLOADS",
        value_parser = workloads(), hide_possible_values = true
    )]
    pub only: Vec<String>,
    /// Measure the memory of the programs for that (Linux), instead of the workloads: each
    /// runs once
    #[arg(long)]
    pub memory: bool,
    /// Measure programs made of published crates, instead of the workloads
    #[arg(long, conflicts_with = "memory")]
    pub programs: bool,
    /// Measure this repository's allocator with cross-language LTO too, as `build --lto`
    /// makes it
    #[arg(long)]
    pub lto: bool,
    /// Less of everything: under 3 minutes once the programs are built
    #[arg(long)]
    pub quick: bool,
    /// How often each workload is run under each allocator [default: 7; with --quick 3]
    #[arg(long, value_name = "N")]
    pub rounds: Option<NonZeroUsize>,
    /// Seconds after which a run counts as hanging, and is ended
    #[arg(long, value_name = "SECONDS", default_value_t = NonZeroUsize::new(120).expect("not 0"))]
    pub time_limit: NonZeroUsize,
    /// List the allocators and the workloads, and measure nothing
    #[arg(long)]
    pub list: bool,
    /// Print the report as one JSON document on standard output
    #[arg(long)]
    pub json: bool,
    /// Write the report as an HTML page [default: bench/report.html in the target directory]
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Compare with the JSON document of an earlier run
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// With --baseline: fail when this repository's allocator needs more processor time
    /// than then, or more memory, beyond the noise
    #[arg(long, requires = "baseline")]
    pub fail_on_regression: bool,
    /// Never use the network
    #[arg(long)]
    pub offline: bool,
    /// Print the output of every tool
    #[arg(short, long, conflicts_with = "quiet", help_heading = "Output")]
    pub verbose: bool,
    /// Print errors only
    #[arg(short, long, help_heading = "Output")]
    pub quiet: bool,
}

fn others() -> impl TypedValueParser<Value = &'static Variant> {
    let values = OTHERS
        .each_ref()
        .map(|it| PossibleValue::new(it.name).help(it.about));
    PossibleValuesParser::new(values).map(|name| other(&name).expect("one of the possible values"))
}

fn workloads() -> PossibleValuesParser {
    let workloads = WORKLOADS.iter().map(|it| (it.name, it.about));
    let programs = CRATE_PROGRAMS.iter().map(|it| (it.name, it.about));
    let memory = PROGRAMS.iter().map(|it| (it.name, it.about));
    let values = workloads.chain(programs).chain(memory);
    PossibleValuesParser::new(values.map(|(name, about)| PossibleValue::new(name).help(about)))
}

impl Args {
    /// Refuses names in `--only` of something that is not measured.
    pub fn check(&self) -> Result<(), Failure> {
        let is_program = |only: &str| CRATE_PROGRAMS.iter().any(|it| it.name == only);
        let mut names = self.only.iter();
        if let Some(other) = names.find(|only| is_program(only) != self.programs) {
            let (what, help) = match self.programs {
                true => ("is not one of the programs of", "cargo xtask bench --list"),
                false => ("needs", "cargo xtask bench --programs"),
            };
            return Err(Failure::Usage(format!(
                "--only: `{other}` {what} --programs\nhelp: `{help}`"
            )));
        }
        if self.workloads().is_empty() && self.memory_programs().is_empty() {
            return Err(Failure::Usage(
                "--memory: --only names no memory program\nhelp: `cargo xtask bench --list`"
                    .to_owned(),
            ));
        }
        Ok(())
    }

    /// The package to build.
    pub fn package(&self) -> &'static Package {
        match self.programs {
            true => &build::CRATE_PROGRAMS,
            false => &build::WORKLOADS,
        }
    }

    /// The workloads to measure: all, or those that `--only` names.
    pub fn workloads(&self) -> Vec<&'static Workload> {
        let all = match self.programs {
            true => CRATE_PROGRAMS.iter(),
            false => WORKLOADS.iter(),
        };
        let chosen = all.filter(|it| !self.memory && self.is_chosen(it.name, true));
        chosen.collect()
    }

    /// The programs whose memory to measure.
    pub fn memory_programs(&self) -> Vec<&'static Program> {
        let all = PROGRAMS.iter();
        let chosen = all.filter(|it| self.is_chosen(it.name, self.memory));
        chosen.collect()
    }

    fn is_chosen(&self, name: &str, by_default: bool) -> bool {
        match self.only.is_empty() {
            true => by_default,
            false => self.only.iter().any(|only| only == name),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;
    use std::collections::BTreeSet;

    use snmalloc_bench_protocol::{CRATE_PROGRAMS, PROGRAMS, WORKLOADS};

    use super::Args;

    fn parse(args: &str) -> Args {
        let words = std::iter::once("bench").chain(args.split_whitespace());
        Args::try_parse_from(words).expect(args)
    }

    #[test]
    fn sections_are_chosen_separately() {
        for (args, workloads, programs) in [
            ("", WORKLOADS.len(), 0),
            ("--memory", 0, PROGRAMS.len()),
            ("--only churn,service", 1, 1),
            ("--memory --only service", 0, 1),
            ("--memory --only churn", 0, 0),
            ("--programs", CRATE_PROGRAMS.len(), 0),
            ("--programs --only syn,redb", 2, 0),
        ] {
            let parsed = parse(args);
            let found = (parsed.workloads().len(), parsed.memory_programs().len());
            assert_eq!(found, (workloads, programs), "{args}");
        }
    }

    #[test]
    fn names_of_another_section_are_refused() {
        for (args, error) in [
            ("", None),
            ("--only churn,service", None),
            ("--programs --only syn", None),
            ("--memory --only churn", Some("names no memory program")),
            ("--only churn,syn", Some("`syn` needs --programs")),
            ("--programs --only syn,churn", Some("`churn` is not one of")),
            ("--programs --only service", Some("`service` is not one of")),
        ] {
            let result = parse(args).check();
            match (result, error) {
                (Ok(()), None) => {}
                (Err(failure), Some(text)) => assert!(failure.message().contains(text), "{args}"),
                (result, _) => panic!("{args}: {}", result.is_ok()),
            }
        }
    }

    #[test]
    fn names_are_unique() {
        let workloads = WORKLOADS.iter().chain(CRATE_PROGRAMS).map(|it| it.name);
        let names: Vec<&str> = workloads.chain(PROGRAMS.iter().map(|it| it.name)).collect();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
    }
}
