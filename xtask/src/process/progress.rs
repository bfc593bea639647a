//! Progress output: a moving line per job on a terminal, plain lines elsewhere.

use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use anstyle::{AnsiColor, Style};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::request::Verbosity;

/// Exits quietly on a broken pipe, such as one to `head`. (Rust ignores SIGPIPE; with its
/// default action, a compiler that doesn't read its input would end xtask too.)
pub fn exit_on_broken_pipe() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let message = panic.payload().downcast_ref::<String>();
        if message.is_some_and(|message| message.contains("stdout: Broken pipe")) {
            std::process::exit(1);
        }
        usual(panic);
    }));
}

/// Prints progress.
pub struct Progress {
    bars: Option<MultiProgress>,
    pub verbose: bool,
    pub quiet: bool,
}

impl Progress {
    pub fn new(verbosity: Verbosity) -> Self {
        let moving = std::io::stderr().is_terminal() && !verbosity.verbose && !verbosity.quiet;
        Self {
            bars: moving.then(MultiProgress::new),
            verbose: verbosity.verbose,
            quiet: verbosity.quiet,
        }
    }

    /// Prints a line that stays, unless quiet.
    pub fn line(&self, text: &str) {
        if self.quiet {
            return;
        }
        match &self.bars {
            Some(bars) => bars.suspend(|| eprintln!("{text}")),
            None => eprintln!("{text}"),
        }
    }

    /// Prints an error in one piece, even if quiet.
    pub fn error(&self, text: &str) {
        match &self.bars {
            Some(bars) => bars.suspend(|| eprintln!("{text}")),
            None => eprintln!("{text}"),
        }
    }

    /// Starts a step that takes a while.
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

/// A step that takes a while.
pub struct Step<'a> {
    progress: &'a Progress,
    what: String,
    bar: Option<ProgressBar>,
    start: Instant,
}

impl Step<'_> {
    /// Shows the last line that the running program printed.
    pub fn show_output(&self, line: &str) {
        if self.progress.verbose {
            eprintln!("{line}");
        }
        self.at(line.trim());
    }

    /// Shows the step's current state.
    pub fn at(&self, what: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(what.to_owned());
        }
    }

    /// Prints a line for a finished part, unless a moving line is shown.
    pub fn part_done(&self, what: &str) {
        if self.bar.is_none() {
            self.progress.line(&format!("  {what}"));
        }
    }

    /// The seconds since the step began.
    pub fn seconds(&self) -> f64 {
        self.start.elapsed().as_secs_f64()
    }

    /// Ends the step; returns the seconds it took.
    pub fn end(self, how: &str) -> f64 {
        let seconds = self.seconds();
        self.end_after(how, seconds);
        seconds
    }

    /// Ends the step as having taken `seconds`.
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
    /// Removes the moving line, also if the step was interrupted or failed.
    fn drop(&mut self) {
        self.clear();
    }
}

/// Prints an error, in red if stderr is a terminal and NO_COLOR is not set.
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
