//! One run of one program.

use std::io::{BufRead as _, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyhow::Context as _;

use crate::failure::Failure;
use crate::interrupt::{self, Guarded};

/// The output of a program, or the reason why it failed.
pub type Ended = Result<Said, String>;

#[derive(Debug)]
pub struct Said {
    pub stdout: String,
    pub stderr: String,
}

/// Runs a program to its end, or until the time `limit`; an interrupt ends it.
pub fn run(program: &Path, args: &[String], limit: Duration) -> Result<Ended, Failure> {
    run_watched(program, args, limit, |_| {})
}

/// The same; `watch` gets each line of its stderr immediately.
pub fn run_watched(
    program: &Path,
    args: &[String],
    limit: Duration,
    watch: impl Fn(&str) + Send + 'static,
) -> Result<Ended, Failure> {
    let mut command = Command::new(program);
    command
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut guarded = match Guarded::spawn(&mut command) {
        Err(_) if interrupt::interrupted() => return Err(Failure::Interrupted),
        spawned => spawned.with_context(|| format!("{} can't be run", program.display()))?,
    };
    let stdout = guarded.child.stdout.take().context("a pipe")?;
    let stderr = guarded.child.stderr.take().context("a pipe")?;
    // Read both pipes at once: a full pipe would block the program.
    let (send, texts) = mpsc::channel();
    let said = text_of(stderr, watch);
    thread::spawn(move || send.send(text_of(stdout, |_| {}).join()));
    let in_time = texts.recv_timeout(limit);
    if in_time.is_err() {
        guarded.kill()?;
    }
    let status = guarded.child.wait()?;
    if interrupt::interrupted() {
        return Err(Failure::Interrupted);
    }
    let Ok(Ok(stdout)) = in_time else {
        return Ok(Err(format!("not done after {} s", limit.as_secs())));
    };
    let stderr = said.join().unwrap_or_default();
    if status.success() {
        return Ok(Ok(Said { stdout, stderr }));
    }
    // Valgrind's own lines start with `==`, and come last.
    let mut lines = stderr.lines().rev();
    let last = lines
        .find(|line| !line.starts_with("=="))
        .unwrap_or_default();
    Ok(Err(format!("{status}: {last}")
        .trim_end_matches([':', ' '])
        .to_owned()))
}

fn text_of(
    pipe: impl Read + Send + 'static,
    watch: impl Fn(&str) + Send + 'static,
) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut text = String::new();
        let mut pipe = BufReader::new(pipe);
        let mut line = Vec::new();
        // Output before a read error still counts.
        while pipe.read_until(b'\n', &mut line).is_ok_and(|n| n > 0) {
            let read = String::from_utf8_lossy(&line);
            watch(read.trim_end());
            text.push_str(&read);
            line.clear();
        }
        text
    })
}

#[cfg(all(test, unix))]
mod tests {
    use std::path::Path;
    use std::time::Duration;

    use super::run;

    #[test]
    fn an_end_is_told() {
        for (script, expected) in [
            ("echo fine", Ok("fine\n")),
            ("echo broken >&2; exit 3", Err("exit status: 3: broken")),
            ("kill -SEGV $$", Err("signal: 11 (SIGSEGV)")),
            // With a child process, which must not keep us waiting either.
            ("sleep 20; true", Err("not done after 1 s")),
        ] {
            let args = ["-c".to_owned(), script.to_owned()];
            let ended =
                run(Path::new("/bin/sh"), &args, Duration::from_secs(1)).expect("it starts");
            match (ended, expected) {
                (Ok(said), Ok(text)) => assert_eq!(said.stdout, text),
                (Err(why), Err(text)) => assert!(why.starts_with(text), "{why}"),
                (ended, _) => panic!("{script}: {ended:?}"),
            }
        }
    }
}
