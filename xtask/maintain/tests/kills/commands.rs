//! The commands, and how their results are compared.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::Path;
use std::time::SystemTime;

use serde_json::Value;

use crate::support::Run;
use crate::support::machine::host;
use crate::support::needs::Need;
use crate::tree::{IMAGE_OF, LABEL, Tree};

/// A target with a prebuilt standard library, whose programs run on this machine.
const MUSL: &str = "x86_64-unknown-linux-musl";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    Build,
    Test,
    Package,
    ImageBuild,
    Container,
}

pub const ALL: [Command; 5] = [
    Command::Build,
    Command::Test,
    Command::Package,
    Command::ImageBuild,
    Command::Container,
];

/// The requirements of all commands.
pub const NEEDS: [Need; 6] = [
    Need::Git,
    Need::Std(MUSL),
    Need::Zig,
    Need::Engine,
    Need::BaseImage,
    Need::Tool("docker"),
];

impl Command {
    pub fn args(self) -> Vec<String> {
        let host = host();
        let args: &[&str] = match self {
            Self::Build => &["build", "--json"],
            Self::Test => &["test", "--target", MUSL, "--builder", "cc", "--json"],
            Self::Package => &["package", "--no-test", "--json"],
            Self::ImageBuild => &["image", "build", "--target", IMAGE_OF],
            Self::Container => &[
                "build",
                "--engine",
                "container",
                "--target",
                &host,
                "--json",
            ],
        };
        args.iter().map(|arg| (*arg).to_owned()).collect()
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Build => "build",
            Self::Test => "test --target",
            Self::Package => "package",
            Self::ImageBuild => "image build",
            Self::Container => "--engine container",
        }
    }

    /// Makes the command have something to do.
    pub fn prepare(self, tree: &Tree) {
        match self {
            Self::Build | Self::Test | Self::Container => {
                // The build script watches it: the C++ is compiled again.
                let shim = File::open(tree.root.join("snmalloc-sys/shim/shim.cc"));
                let shim = shim.expect("the C++");
                shim.set_modified(SystemTime::now()).expect("a time");
            }
            Self::Package => {}
            Self::ImageBuild => {
                let label = format!("label={LABEL}");
                let tags = docker(&["images", "--quiet", "--filter", &label]);
                for id in tags.lines() {
                    // The last one has removed its parents.
                    let _ = Run::new("docker").end_with(&["rmi", "--force", id]);
                }
                docker(&["image", "prune", "--force", "--filter", &label]);
            }
        }
    }

    /// The result, as text that is the same for equal results.
    pub fn result(self, tree: &Tree, stdout: &str) -> String {
        match self {
            Self::Build | Self::Test | Self::Container => rows(stdout),
            Self::Package => {
                let out = tree.root.join("target/xtask/package");
                let mut files = Vec::new();
                for entry in fs::read_dir(out).expect("the packages") {
                    let path = entry.expect("a file").path();
                    files.push(format!("{} {}\n", path.display(), hash(&path)));
                }
                files.sort();
                stdout.to_owned() + &files.concat()
            }
            Self::ImageBuild => {
                let format = "{{.RepoTags}} {{json .Config.Labels}} {{len .RootFS.Layers}}";
                let label = format!("label={LABEL}");
                let id = docker(&["images", "--quiet", "--filter", &label]);
                docker(&["image", "inspect", "--format", format, id.trim()])
            }
        }
    }
}

/// A report without times, and with the contents of the archives.
fn rows(stdout: &str) -> String {
    let mut report: Value = serde_json::from_str(stdout).expect("one JSON document");
    for row in report["results"].as_array_mut().expect("rows") {
        row["seconds"] = Value::Null;
        let archive = row["artifact"].as_str().expect("an archive");
        row["archive's hash"] = hash(Path::new(archive)).into();
        let programs = row["programs"].as_array_mut().expect("a list");
        // cargo reports them as they are linked.
        programs.sort_by_key(Value::to_string);
        for program in programs {
            let path = program.as_str().expect("a path");
            assert!(Path::new(path).is_file(), "{path} is missing");
        }
    }
    report.to_string()
}

fn hash(file: &Path) -> u64 {
    let bytes = fs::read(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}

pub fn docker(args: &[&str]) -> String {
    Run::new("docker").end_with(args).expect_code(0).stdout
}
