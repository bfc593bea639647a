//! What the user sees while something runs: a moving line a job on a terminal,
//! plain lines elsewhere.

use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use anstyle::{AnsiColor, Style};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::cli::Output;

/// Has a reader that ends before we do, such as `head`, end us in silence. (Rust ignores
/// the signal for that, and with its default, compilers that don't read would end us too.)
pub fn end_with_the_reader() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let said = panic.payload().downcast_ref::<String>();
        if said.is_some_and(|said| said.contains("stdout: Broken pipe")) {
            std::process::exit(1);
        }
        usual(panic);
    }));
}

/// How progress is shown.
pub struct Progress {
    bars: Option<MultiProgress>,
    pub verbose: bool,
    pub quiet: bool,
}

impl Progress {
    pub fn new(output: &Output) -> Self {
        let moving = std::io::stderr().is_terminal() && !output.verbose && !output.quiet;
        Self {
            bars: moving.then(MultiProgress::new),
            verbose: output.verbose,
            quiet: output.quiet,
        }
    }

    /// A line that stays.
    pub fn line(&self, text: &str) {
        if self.quiet {
            return;
        }
        match &self.bars {
            Some(bars) => bars.suspend(|| eprintln!("{text}")),
            None => eprintln!("{text}"),
        }
    }

    /// What went wrong: shown even when the rest isn't wanted, and in one piece.
    pub fn wrong(&self, text: &str) {
        match &self.bars {
            Some(bars) => bars.suspend(|| eprintln!("{text}")),
            None => eprintln!("{text}"),
        }
    }

    /// Something begins that takes a while.
    pub fn step(&self, what: String) -> Step<'_> {
        let bar = self.bars.as_ref().map(|bars| {
            let style = ProgressStyle::with_template("{spinner} {prefix} {elapsed}  {wide_msg}")
                .unwrap_or_else(|_| ProgressStyle::default_spinner());
            let bar = bars.add(ProgressBar::new_spinner().with_style(style));
            bar.set_prefix(what.clone());
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        if bar.is_none() {
            self.line(&format!("{what} …"));
        }
        Step {
            progress: self,
            what,
            bar,
            start: Instant::now(),
        }
    }
}

/// Something that takes a while.
pub struct Step<'a> {
    progress: &'a Progress,
    what: String,
    bar: Option<ProgressBar>,
    start: Instant,
}

impl Step<'_> {
    /// The last line that the running program printed.
    pub fn said(&self, line: &str) {
        if self.progress.verbose {
            eprintln!("{line}");
        }
        self.at(line.trim());
    }

    /// How far it is.
    pub fn at(&self, what: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(what.to_owned());
        }
    }

    /// Prints a line for a finished part if there is no terminal whose line moves.
    pub fn part_done(&self, what: &str) {
        if self.bar.is_none() {
            self.progress.line(&format!("  {what}"));
        }
    }

    /// The seconds since it began.
    pub fn seconds(&self) -> f64 {
        self.start.elapsed().as_secs_f64()
    }

    /// It has ended; returns the seconds it took.
    pub fn end(self, how: &str) -> f64 {
        let seconds = self.seconds();
        self.end_after(how, seconds);
        seconds
    }

    /// It had ended after so many seconds.
    pub fn end_after(self, how: &str, seconds: f64) {
        self.clear();
        self.progress
            .line(&format!("{}: {how} in {seconds:.1} s", self.what));
    }

    fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

impl Drop for Step<'_> {
    /// Interrupted or failed half-way: the moving line goes.
    fn drop(&mut self) {
        self.clear();
    }
}

/// One error, in red where colours are wanted.
pub fn print_error(message: &str) {
    let coloured = std::io::stderr().is_terminal()
        && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let style = if coloured {
        Style::new().bold().fg_color(Some(AnsiColor::Red.into()))
    } else {
        Style::new()
    };
    eprintln!("{style}error:{style:#} {message}");
}
