//! Progress on standard error: a moving line on a terminal, plain lines elsewhere.

use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use anstyle::{AnsiColor, Style};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

/// The display of progress.
pub struct Progress {
    bars: Option<MultiProgress>,
    pub verbose: bool,
    pub quiet: bool,
}

impl Progress {
    pub fn new(verbose: bool, quiet: bool) -> Self {
        let moving = std::io::stderr().is_terminal() && !verbose && !quiet;
        Self {
            bars: moving.then(MultiProgress::new),
            verbose,
            quiet,
        }
    }

    /// Prints a line, except with `--quiet`.
    pub fn line(&self, text: &str) {
        if !self.quiet {
            self.wrong(text);
        }
    }

    /// Prints an error, also with `--quiet`.
    pub fn wrong(&self, text: &str) {
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
    pub fn output(&self, line: &str) {
        if self.progress.verbose {
            eprintln!("{line}");
        }
        self.at(line.trim());
    }

    /// Shows the current state.
    pub fn at(&self, what: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(what.to_owned());
        }
    }

    /// Prints that a part is done, if there is no moving line.
    pub fn part_done(&self, what: &str) {
        if self.bar.is_none() {
            self.progress.line(&format!("  {what}"));
        }
    }

    /// Prints the result.
    pub fn end(self, how: &str) {
        let seconds = self.start.elapsed().as_secs_f64();
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
    /// Removes the moving line, also after an error.
    fn drop(&mut self) {
        self.clear();
    }
}

/// Prints an error, in red on a terminal with colours.
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
