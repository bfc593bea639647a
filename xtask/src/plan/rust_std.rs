//! Decides where Rust's standard library for a target comes from.

use std::path::Path;

use snmalloc_toolchains::{Error, Machine};

use crate::request::StdChoice;

/// The standard library for one target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RustStd {
    /// Installed already.
    Installed,
    /// To be installed by `rustup target add`; if that fails, `otherwise` is next.
    ByRustup {
        otherwise: Box<Result<RustStd, Error>>,
    },
    /// Built from source with `-Zbuild-std`; a stable toolchain needs RUSTC_BOOTSTRAP for that.
    FromSource { bootstrap: bool },
}

impl RustStd {
    /// The name for it in reports.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Installed | Self::ByRustup { .. } => "prebuilt",
            Self::FromSource { .. } => "build",
        }
    }
}

/// The toolchain's sysroot and channel.
pub struct Sysroot<'a> {
    pub dir: &'a Path,
    pub nightly: bool,
}

/// True if rustup may install the standard library.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rustup {
    Allowed,
    Offline,
    /// Not installed: a distribution's Rust needs no rustup.
    Absent,
}

/// Decides, without changing anything.
///
/// # Errors
/// None of the allowed ways works; the message lists them all.
pub fn resolve(
    choice: StdChoice,
    triple: &str,
    offline: bool,
    sysroot: &Sysroot<'_>,
    machine: &dyn Machine,
) -> Result<RustStd, Error> {
    // Only the prebuilt std includes the sanitizer's own library.
    let choice = match choice {
        StdChoice::Auto if triple.ends_with("asan") => StdChoice::Prebuilt,
        choice => choice,
    };
    let target_lib = sysroot.dir.join("lib/rustlib").join(triple).join("lib");
    let source = sysroot.dir.join("lib/rustlib/src/rust/library/Cargo.lock");
    let installed = machine
        .list(&target_lib)
        .iter()
        .any(|name| name.starts_with("libstd-"));
    let has_rustup = machine.find_program("rustup").is_some();
    let rustup = match (has_rustup, offline) {
        (false, _) => Rustup::Absent,
        (true, true) => Rustup::Offline,
        (true, false) => Rustup::Allowed,
    };
    let missing = || missing(choice, triple, rustup, &target_lib, &source);
    let from_source = || {
        if machine.is_file(&source) {
            Ok(RustStd::FromSource {
                bootstrap: !sysroot.nightly,
            })
        } else {
            Err(missing())
        }
    };
    match choice {
        StdChoice::Build => from_source(),
        StdChoice::Auto | StdChoice::Prebuilt if installed => Ok(RustStd::Installed),
        StdChoice::Auto if rustup == Rustup::Allowed => Ok(RustStd::ByRustup {
            otherwise: Box::new(from_source()),
        }),
        StdChoice::Auto => from_source(),
        StdChoice::Prebuilt if rustup == Rustup::Allowed => Ok(RustStd::ByRustup {
            otherwise: Box::new(Err(missing())),
        }),
        StdChoice::Prebuilt => Err(missing()),
    }
}

fn missing(
    choice: StdChoice,
    triple: &str,
    rustup: Rustup,
    target_lib: &Path,
    source: &Path,
) -> Error {
    let mut missing = Error::new(format!("no Rust standard library for {triple}"));
    if choice != StdChoice::Build {
        missing = missing
            .searched(format!("{} (no libstd)", target_lib.display()))
            .searched(match rustup {
                Rustup::Allowed => "rustup (it has not installed it)",
                Rustup::Offline => "rustup (not asked: --offline)",
                Rustup::Absent => "PATH, for rustup (not there)",
            });
        if rustup != Rustup::Absent {
            missing = missing.fix(format!("rustup target add {triple}"));
        }
    }
    if choice != StdChoice::Prebuilt {
        missing = missing.searched(format!("{} (the source; not there)", source.display()));
        if rustup != Rustup::Absent {
            missing = missing.fix("rustup component add rust-src");
        }
        if let Some(library) = source.parent() {
            missing = missing.fix(format!(
                "link the `library` folder of your distribution's rust-src package to {}",
                library.display()
            ));
        }
    }
    if rustup == Rustup::Absent {
        missing = missing.fix(match choice {
            StdChoice::Build => "install rustup, then: rustup component add rust-src".to_owned(),
            _ => format!("install rustup, then: rustup target add {triple}"),
        });
    }
    missing
}

#[cfg(test)]
mod tests {
    use super::{RustStd, Sysroot, resolve};
    use crate::request::StdChoice;
    use snmalloc_toolchains::FakeMachine;

    const TARGET: &str = "aarch64-unknown-linux-gnu";

    fn decide(choice: StdChoice, offline: bool, has: &[&str]) -> Result<RustStd, String> {
        let base = FakeMachine::new("linux", "x86_64").with_var("PATH", "/bin");
        let machine = has.iter().fold(base, |machine, what| {
            machine.with_file(
                match *what {
                    "rustup" => "/bin/rustup".to_owned(),
                    "source" => "/rust/lib/rustlib/src/rust/library/Cargo.lock".to_owned(),
                    _ => format!("/rust/lib/rustlib/{TARGET}/lib/libstd-0.rlib"),
                },
                "",
            )
        });
        let sysroot = Sysroot {
            dir: "/rust".as_ref(),
            nightly: false,
        };
        resolve(choice, TARGET, offline, &sysroot, &machine).map_err(|missing| missing.to_string())
    }

    #[test]
    fn sources_of_std_are_tried_in_order() {
        let source = RustStd::FromSource { bootstrap: true };
        assert_eq!(
            decide(StdChoice::Auto, false, &["std", "rustup", "source"]),
            Ok(RustStd::Installed)
        );
        assert_eq!(
            decide(StdChoice::Auto, false, &["rustup", "source"]),
            Ok(RustStd::ByRustup {
                otherwise: Box::new(Ok(source.clone()))
            })
        );
        assert_eq!(
            decide(StdChoice::Auto, true, &["rustup", "source"]),
            Ok(source.clone())
        );
        assert_eq!(
            decide(StdChoice::Build, false, &["std", "source"]),
            Ok(source)
        );
    }

    #[test]
    fn sanitizer_targets_need_prebuilt_std() {
        let machine = FakeMachine::new("linux", "x86_64")
            .with_file("/rust/lib/rustlib/src/rust/library/Cargo.lock", "");
        let sysroot = Sysroot {
            dir: "/rust".as_ref(),
            nightly: false,
        };
        let triple = "x86_64-unknown-linux-gnuasan";
        let missing = resolve(StdChoice::Auto, triple, true, &sysroot, &machine).unwrap_err();
        assert!(!missing.to_string().contains("rust-src"), "{missing}");
    }

    #[test]
    fn error_lists_every_way_to_get_std() {
        let add = format!("help: rustup target add {TARGET}");
        let install = format!("install rustup, then: rustup target add {TARGET}");
        for (choice, has, expected, unused) in [
            (
                StdChoice::Auto,
                vec!["rustup"],
                vec!["libstd", "not asked: --offline", &add, "rust-src"],
                "install rustup",
            ),
            (
                StdChoice::Build,
                vec!["std", "rustup"],
                vec!["help: rustup component add rust-src", "`library` folder"],
                "rustup target add",
            ),
            (
                StdChoice::Prebuilt,
                vec!["source", "rustup"],
                vec![&add],
                "rust-src",
            ),
            (
                StdChoice::Auto,
                vec![],
                vec![
                    "PATH, for rustup (not there)",
                    "help: link the `library` folder",
                    &install,
                ],
                "rustup component add",
            ),
            (
                StdChoice::Build,
                vec![],
                vec!["help: link the `library` folder", "install rustup, then:"],
                "rustup target add",
            ),
            (StdChoice::Prebuilt, vec![], vec![&install], "rust-src"),
        ] {
            let message = decide(choice, true, &has).unwrap_err();
            for part in expected {
                assert!(message.contains(part), "{message}");
            }
            assert!(!message.contains(unused), "{message}");
            if has.is_empty() {
                assert_eq!(decide(choice, false, &has), Err(message));
            }
        }
    }
}
