//! zig as rustc's linker: drops or renames the arguments for GCC that zig misinterprets or has
//! other names for.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Context as _;
use snmalloc_toolchains::{Tool, quote};

use crate::failure::Failure;

/// The hidden subcommand's name.
pub const NAME: &str = "zig-link";

/// Calls `zig cc …` through this program.
pub fn via_xtask(zig: Tool) -> Result<Tool, Failure> {
    let program = std::env::current_exe().context("this program's own path")?;
    let mut args = vec![NAME.to_owned(), zig.program.display().to_string()];
    args.extend(zig.args);
    Ok(Tool { program, args })
}

/// Runs zig with the arguments it understands; `args` begin with zig's path.
pub fn run(args: &[String]) -> Result<(), Failure> {
    let [zig, args @ ..] = args else {
        return Err(Failure::Usage(format!("{NAME}: no program is named")));
    };
    let mut expanded = Vec::new();
    let mut response_file = None;
    for arg in args {
        match arg.strip_prefix('@') {
            Some(file) => {
                let text = std::fs::read_to_string(file).with_context(|| file.to_owned())?;
                expanded.extend(response_args(&text));
                response_file = Some(PathBuf::from(file));
            }
            None => expanded.push(arg.clone()),
        }
    }
    let args = translate(&expanded);
    let mut command = Command::new(zig);
    match response_file {
        // Still too many arguments for a command line: write them to a file again.
        Some(file) => {
            let ours = file.with_extension("zig");
            // The argument that selects zig's subcommand stays outside the file.
            let (first, rest) = args.split_at(1.min(args.len()));
            std::fs::write(&ours, response_text(rest)?)
                .with_context(|| format!("{}", ours.display()))?;
            command.args(first).arg(format!("@{}", ours.display()));
        }
        None => {
            command.args(&args);
        }
    }
    let status = command.status().with_context(|| zig.clone())?;
    match status.code() {
        Some(0) => Ok(()),
        code => Err(Failure::Reported(
            u8::try_from(code.unwrap_or(1)).unwrap_or(1),
        )),
    }
}

/// Translates the arguments for zig.
fn translate(args: &[String]) -> Vec<String> {
    let triple = args
        .iter()
        .skip_while(|arg| *arg != "-target")
        .nth(1)
        .map_or("", String::as_str);
    let windows = triple.contains("windows");
    let mut out: Vec<String> = Vec::with_capacity(args.len());
    for arg in args {
        let replaced = match arg.as_str() {
            // zig's own unwinder replaces GCC's.
            "-lgcc_s" | "-lgcc_eh" => Some("-lunwind"),
            "-lgcc" => None,
            // zig brings its own start files and, on Windows, its own C library, which is the
            // universal one.
            "-nostartfiles" => None,
            "-lmingw32" | "-lmingwex" | "-lmsvcrt" | "-l:libpthread.a" if windows => None,
            // Libraries for statistics, which only the `libc` crate names.
            "-lkvm" | "-lmemstat" | "-lprocstat" | "-ldevstat" if triple.contains("bsd") => None,
            _ if is_start_file(arg) => None,
            // Options of GNU ld that zig's linker doesn't have.
            "-Wl,-melf_i386" => None,
            _ if arg.starts_with("-Wl,") && IGNORED.contains(&&arg[4..]) => None,
            // The target already names the CPU.
            _ if arg.starts_with("-march=") => None,
            arg => Some(arg),
        };
        if let Some(arg) = replaced {
            out.push(arg.to_owned());
        }
    }
    out
}

const IGNORED: [&str; 6] = [
    "--disable-auto-image-base",
    "--dynamicbase",
    "--large-address-aware",
    "--no-undefined-version",
    "-z,nostart-stop-gc",
    "-znostart-stop-gc",
];

/// The object files with which rustc starts programs if it provides the C library.
fn is_start_file(arg: &str) -> bool {
    const NAMES: [&str; 13] = [
        "crt1.o",
        "rcrt1.o",
        "Scrt1.o",
        "crti.o",
        "crtn.o",
        "crtbegin.o",
        "crtbeginS.o",
        "crtend.o",
        "crtendS.o",
        "crt2.o",
        "dllcrt2.o",
        "rsbegin.o",
        "rsend.o",
    ];
    let path = std::path::Path::new(arg);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    // A std built from source has no directory of them: the names come alone.
    let theirs = |dir: &std::path::Path| {
        dir.as_os_str().is_empty() || dir.ends_with("self-contained") || dir.ends_with("lib")
    };
    path.parent().is_some_and(theirs) && NAMES.contains(&name.as_ref())
}

/// Splits a response file of rustc's into arguments: one per line, with a backslash before
/// blanks and backslashes.
fn response_args(text: &str) -> Vec<String> {
    text.lines()
        .filter(|line| !line.is_empty())
        .map(|line| {
            let line = line
                .strip_prefix('"')
                .and_then(|l| l.strip_suffix('"'))
                .unwrap_or(line);
            let mut arg = String::new();
            let mut chars = line.chars();
            while let Some(c) = chars.next() {
                arg.extend(if c == '\\' { chars.next() } else { Some(c) });
            }
            arg
        })
        .collect()
}

/// Formats arguments as a response file for zig.
fn response_text(args: &[String]) -> Result<String, Failure> {
    // zig 0.17.1 takes an apostrophe in a response file for a quote, also between quotes.
    if let Some(arg) = args.iter().find(|arg| arg.contains('\'')) {
        return Err(Failure::Failed(format!(
            "zig reads the linker's arguments from a file, where it can't read the apostrophe in \
             {arg}; help: build in a directory without an apostrophe in its path"
        )));
    }
    let words = args.iter().map(|arg| quote::windows_response_file(arg));
    Ok(words.map(|word| word + "\n").collect())
}

#[cfg(test)]
mod tests {
    use super::{response_args, response_text, translate};

    fn through(line: &str) -> String {
        let args: Vec<String> = line.split(' ').map(str::to_owned).collect();
        translate(&args).join(" ")
    }

    #[test]
    fn arguments_unknown_to_zig_are_dropped_or_renamed() {
        for (expanded, expected) in [
            (
                "cc -target x86_64-linux-musl -nostartfiles /r/self-contained/rcrt1.o a.o -lc",
                "cc -target x86_64-linux-musl a.o -lc",
            ),
            (
                "cc -target x86_64-windows-gnu a.o -lmingw32 -lmsvcrt -lkernel32 -lunwind",
                "cc -target x86_64-windows-gnu a.o -lkernel32 -lunwind",
            ),
            (
                "cc -target x86_64-linux-gnu.2.17 a.o -lgcc_s -lmsvcrt",
                "cc -target x86_64-linux-gnu.2.17 a.o -lunwind -lmsvcrt",
            ),
            (
                "cc -target arm-linux-musleabihf crt1.o -march=armv7-a -Wl,--no-undefined-version",
                "cc -target arm-linux-musleabihf",
            ),
        ] {
            assert_eq!(through(expanded), expected);
        }
    }

    #[test]
    fn response_files_are_read_as_rustc_writes_them() {
        let text = "a.o\n/with\\ blank/b\\\\c.o\n\"/with blank\"\n";
        assert_eq!(
            response_args(text),
            ["a.o", r"/with blank/b\c.o", "/with blank"]
        );
    }

    #[test]
    fn response_files_are_written_as_zig_reads_them() {
        let args = ["/with blank/a.o", r"C:\b.o"].map(str::to_owned);
        let text = response_text(&args).ok();
        assert_eq!(text.unwrap(), "\"/with blank/a.o\"\nC:\\b.o\n");
        let refused = response_text(&["it's".to_owned()]).unwrap_err();
        assert!(refused.message().unwrap().contains("apostrophe in it's"));
    }
}
