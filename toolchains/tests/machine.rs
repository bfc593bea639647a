//! The machine that is really there.
#![cfg(unix)]

use std::path::Path;
use std::thread;

use snmalloc_toolchains::{Machine as _, RealMachine};

#[test]
fn program_output_is_cached() {
    let file = std::env::temp_dir().join(format!("snmalloc-asked-{}", std::process::id()));
    let machine = RealMachine::new();
    let ask = |word: &str| {
        let script = format!("# {word}\necho . >>'{}'", file.display());
        let args = ["-c".to_owned(), script];
        machine.run(Path::new("/bin/sh"), &args, "").expect("sh")
    };
    thread::scope(|scope| {
        for word in ["one", "one", "one", "two"] {
            scope.spawn(move || assert!(ask(word).success));
        }
    });
    let lines = std::fs::read_to_string(&file).expect("the script ran");
    std::fs::remove_file(&file).expect("it can go");
    assert_eq!(lines.lines().count(), 2);
}
