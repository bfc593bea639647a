//! The rounds: a command is ended, and run again.

use std::fs::{self, File};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Child, ExitStatus};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;

use crate::commands::{ALL, Command, NEEDS, docker};
use crate::left;
use crate::random::Random;
use crate::support::needs;
use crate::tree::Tree;

const SIGNALS: [Signal; 3] = [Signal::SIGKILL, Signal::SIGINT, Signal::SIGTERM];

/// A command must end this soon after a signal.
const AFTER_SIGNAL: Duration = Duration::from_secs(15);

/// A command that runs longer than usual by this much waits for a lock.
const MOST: Duration = Duration::from_secs(120);

/// An undisturbed run.
struct Usual {
    command: Command,
    result: String,
    time: Duration,
}

/// The result of a round.
struct Round {
    /// The end of the first run.
    ended: String,
    /// The time of the first run, if it has ended before the signal.
    undisturbed: Option<Duration>,
    faults: Vec<String>,
}

/// Runs the rounds and prints each; returns false if one has failed.
pub fn run(rounds: usize, seed: u64) -> bool {
    println!("{rounds} rounds, seed {seed}");
    if !needs::met(&NEEDS) {
        return false;
    }
    let start = Instant::now();
    let tree = Tree::new();
    let volumes = docker(&["volume", "ls", "--quiet"]);
    let mut usual = ALL.map(|command| undisturbed(command, &tree));
    println!("setup: {} s", start.elapsed().as_secs());
    let mut random = Random::new(seed);
    let numbers = 0..usual.len();
    let pairs = numbers.flat_map(|number| SIGNALS.map(|signal| (number, signal)));
    let mut pairs: Vec<(usize, Signal)> = pairs.collect();
    random.shuffle(&mut pairs);
    let (mut failed, mut late) = (0, 0);
    for number in 1..=rounds {
        let (index, signal) = pairs[(number - 1) % pairs.len()];
        let delay = usual[index].time.mul_f64(random.fraction());
        let begun = Instant::now();
        let round = round(&usual[index], signal, delay, &tree, &volumes);
        println!(
            "{number:>3}  {:<18}  {:<7}  after {:>5.2} of {:>5.2} s: {:<20}  {:>5.1} s  {}",
            usual[index].command.name(),
            signal.as_str(),
            delay.as_secs_f64(),
            usual[index].time.as_secs_f64(),
            round.ended,
            begun.elapsed().as_secs_f64(),
            if round.faults.is_empty() {
                "ok"
            } else {
                "FAILED"
            },
        );
        for fault in &round.faults {
            println!("     {fault}");
        }
        failed += usize::from(!round.faults.is_empty());
        if let Some(time) = round.undisturbed {
            // The machine was busier when it was measured.
            usual[index].time = time;
            late += 1;
        }
    }
    // Removes the short image.
    Command::ImageBuild.prepare(&tree);
    let seconds = start.elapsed().as_secs();
    println!(
        "{rounds} rounds: {} ended by a signal, {late} too late, {failed} failed; {seconds} s, \
         seed {seed}",
        rounds - late
    );
    failed == 0
}

/// Runs a command until it has compiled everything that later runs find compiled.
fn undisturbed(command: Command, tree: &Tree) -> Usual {
    let once = || {
        command.prepare(tree);
        tree.clear_tmp();
        let begun = Instant::now();
        let (status, stdout, stderr) = Running::start(command, tree).end(Duration::from_secs(600));
        assert!(status.is_some_and(|s| s.success()), "{stderr}");
        (command.result(tree, &stdout), begun.elapsed())
    };
    let begun = Instant::now();
    let (first, _) = once();
    let (result, time) = once();
    assert_eq!(first, result, "{command:?} has two results");
    println!(
        "     {:<18}  usually {:.2} s, first both {:.1} s",
        command.name(),
        time.as_secs_f64(),
        begun.elapsed().as_secs_f64()
    );
    Usual {
        command,
        result,
        time,
    }
}

fn round(usual: &Usual, signal: Signal, delay: Duration, tree: &Tree, volumes: &str) -> Round {
    let command = usual.command;
    command.prepare(tree);
    tree.clear_tmp();
    let mut faults = Vec::new();

    let mut running = Running::start(command, tree);
    let pid = running.child.id();
    let undisturbed = running.ends_within(delay);
    let late = undisturbed.is_some();
    if !late {
        running.send(signal);
    }
    let (status, _, stderr) = running.end(AFTER_SIGNAL);
    let ended = match status {
        Some(_) if late => "it had ended".to_owned(),
        Some(status) => status.to_string(),
        None => "no end".to_owned(),
    };
    if !late && signal != Signal::SIGKILL {
        faults.extend(unclear(status, signal, &stderr));
    }
    let left = left::running(tree, pid);
    faults.extend(
        left.into_iter()
            .map(|left| format!("left by the first run: {left}")),
    );

    let running = Running::start(command, tree);
    let pid = running.child.id();
    let (status, stdout, stderr) = running.end(usual.time + MOST);
    if status.is_some_and(|status| status.success()) {
        let result = command.result(tree, &stdout);
        if result != usual.result {
            faults.push(format!("result: {result}\n     usual:  {}", usual.result));
        }
    } else {
        faults.push(format!("the second run: {status:?}\n{stderr}"));
    }
    let mut left = left::running(tree, pid);
    left.extend(left::files(tree, volumes));
    faults.extend(left.into_iter().map(|left| format!("left: {left}")));
    Round {
        ended,
        undisturbed,
        faults,
    }
}

/// The fault of an interrupt that isn't reported as the help documents it.
fn unclear(status: Option<ExitStatus>, signal: Signal, stderr: &str) -> Option<String> {
    let status = status?;
    let errors: Vec<&str> = stderr.lines().filter(|l| l.starts_with("error")).collect();
    let clear = match (status.code(), &errors[..]) {
        (Some(130), ["error: interrupted"]) => true,
        // It was too late to interrupt anything.
        (Some(0), []) => true,
        // It was too early: before xtask's first line.
        (None, []) => status.signal() == Some(signal as i32) && stderr.is_empty(),
        _ => false,
    };
    (!clear).then(|| format!("{status}, with this on stderr:\n{stderr}"))
}

/// A command that runs in its own process group, as a shell's foreground job does.
struct Running {
    child: Child,
    stdout: std::path::PathBuf,
    stderr: std::path::PathBuf,
}

impl Running {
    fn start(command: Command, tree: &Tree) -> Self {
        // Files: a process that outlives the command would hold a pipe open.
        let file = |name: &str| tree.root.with_file_name(name);
        let (stdout, stderr) = (file("stdout"), file("stderr"));
        let args = command.args();
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let mut run = tree.xtask(&args);
        run.command()
            .process_group(0)
            .stdin(std::process::Stdio::null())
            .stdout(File::create(&stdout).expect("a file"))
            .stderr(File::create(&stderr).expect("a file"));
        Self {
            child: run.command().spawn().expect("xtask starts"),
            stdout,
            stderr,
        }
    }

    /// Sends a signal as it is usually sent: a terminal sends SIGINT to the whole group.
    fn send(&self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).expect("a process's number"));
        let sent = match signal {
            Signal::SIGINT => killpg(pid, signal),
            _ => kill(pid, signal),
        };
        sent.expect("a child that runs");
    }

    /// Waits for this long; returns the time after which the command has ended.
    fn ends_within(&mut self, most: Duration) -> Option<Duration> {
        let start = Instant::now();
        loop {
            let passed = start.elapsed();
            if self.child.try_wait().expect("a child").is_some() {
                return Some(passed);
            }
            if passed >= most {
                return None;
            }
            std::thread::sleep(Duration::from_millis(10).min(most - passed));
        }
    }

    /// Waits for the end; a command that takes longer than `most` is killed, and has no status.
    fn end(mut self, most: Duration) -> (Option<ExitStatus>, String, String) {
        let status = match self.ends_within(most) {
            // The status of a child that has ended can be read again.
            Some(_) => Some(self.child.wait().expect("a child")),
            None => {
                self.child.kill().expect("a child");
                self.child.wait().expect("a child");
                None
            }
        };
        let text = |path| String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned();
        (status, text(&self.stdout), text(&self.stderr))
    }
}
