//! Publishing with a real cargo to a test registry, and the commands that query the
//! registry.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use crate::needs;
use crate::registry::Registry;
use crate::support::needs::Need;
use crate::support::{Run, committed, git, path_with, root, script, xtask_in};

const VERSION: &str = env!("CARGO_PKG_VERSION");

const ORDER: [&str; 3] = ["snmalloc-toolchains", "snmalloc-sys", "snmalloc-rs"];

/// `cargo xtask publish ARGS` in a tree, to that registry.
fn publish(registry: &Registry, tree: &Path, args: &[&str]) -> Run {
    let args = [&["publish", "--registry", "loopback"], args].concat();
    registry.given_to(xtask_in(tree, &args))
}

#[test]
fn interrupted_release_is_resumed_and_a_finished_one_unchanged() {
    needs!(Need::Git);
    let registry = Registry::start();
    let dir = tempfile::tempdir().unwrap();
    let tree = dir.path().join("tree");
    committed(&tree);
    let assert_lines = |state: &str, text: &str| {
        for name in ORDER {
            let line = format!("{name} {VERSION} {state}");
            assert!(text.contains(&line), "no `{line}` in:\n{text}");
        }
    };

    let dry = publish(&registry, &tree, &["--dry-run"]).end();
    assert_lines("would be uploaded", &dry.expect_code(0).stdout);
    // A workflow gets this error before the first upload.
    publish(&registry, &tree, &[])
        .env("GITHUB_ACTIONS", "true")
        .end()
        .expect_code(1)
        .expect_error(&[
            "no version of snmalloc-toolchains, snmalloc-rs was ever published",
            "cargo login && cargo xtask publish --package snmalloc-toolchains",
        ]);
    assert!(registry.uploads().is_empty());

    // Publish one crate manually; then a workflow fails halfway, and is run again.
    publish(&registry, &tree, &["--package", ORDER[0]])
        .end()
        .expect_code(0)
        .expect_error(&["is published"]);
    assert_eq!(registry.uploads(), ORDER[..1]);
    registry.refuse(Some(ORDER[2]));
    publish(&registry, &tree, &[])
        .end()
        .expect_code(1)
        .expect_error(&[
            "is left alone",
            "is refused, as the test wants",
            "snmalloc-rs",
            "run it again",
        ]);
    assert_eq!(registry.uploads(), ORDER[..2]);
    registry.refuse(None);
    let packages = tree.join("target/xtask/publishing/target/package");
    let attested = dir.path().join("attested");
    fs::create_dir_all(&attested).unwrap();
    for name in ORDER {
        let file = format!("{name}-{VERSION}.crate");
        fs::copy(packages.join(&file), attested.join(&file)).unwrap();
    }
    let from = ["--from", attested.to_str().unwrap()];
    publish(&registry, &tree, &from).end().expect_code(0);
    assert_eq!(registry.uploads(), ORDER);
    let again = publish(&registry, &tree, &from).end().expect_code(0);
    assert_lines("is in the registry, and is left alone", &again.stderr);
    assert_eq!(registry.uploads(), ORDER);

    // The same files with other bytes are not the attested package.
    let file = attested.join(format!("snmalloc-rs-{VERSION}.crate"));
    let mut content = Vec::new();
    let data = fs::read(&file).unwrap();
    std::io::copy(&mut flate2::read::GzDecoder::new(&data[..]), &mut content).unwrap();
    let other = fs::File::create(&file).unwrap();
    let mut other = flate2::write::GzEncoder::new(other, flate2::Compression::none());
    other.write_all(&content).unwrap();
    other.finish().unwrap();
    publish(&registry, &tree, &from)
        .end()
        .expect_code(1)
        .expect_error(&["the packages made now aren't those in", "help:"]);

    // Use another commit with the same version.
    git(
        &tree,
        &["commit", "--quiet", "--allow-empty", "--message", "b"],
    );
    publish(&registry, &tree, &[])
        .end()
        .expect_code(1)
        .expect_error(&[
            &format!("the registry has another snmalloc-toolchains {VERSION}"),
            "help: give Cargo.toml a new version",
        ]);
    assert_eq!(registry.uploads(), ORDER);
}

#[test]
fn public_api_is_compared_with_the_published_one() {
    let registry = Registry::start();
    let dir = tempfile::tempdir().unwrap();
    let path = path_with(dir.path(), &["cat", "cargo"]);
    let run = || {
        registry
            .given_to(Run::xtask(&["semver"]))
            .env("PATH", &path)
            .env("CARGO_TARGET_DIR", dir.path().join("target"))
    };
    let semver = || run().end();
    semver().expect_code(3).expect_error(&[
        "cargo-semver-checks isn't installed",
        "help: cargo install --locked --version 0.",
    ]);
    // A stand-in for cargo-semver-checks, with its exit code and its summary.
    let stands_in = |code: u8, checks: &str| {
        let log = dir.path().join("asked");
        let body = format!(
            "echo \"$*\" >'{}'\necho '     Checked [   0.1s] {checks}' >&2\nexit {code}",
            log.display()
        );
        script(&path.join("cargo-semver-checks"), &body);
    };
    stands_in(0, "202 checks: 202 pass, 58 skip");
    semver().expect_code(0).expect_error(&[
        "snmalloc-sys: 202 checks: 202 pass",
        "snmalloc-rs: skipped: no version of it was ever published",
    ]);
    let log = fs::read_to_string(dir.path().join("asked")).unwrap();
    let (_, baseline) = log.split_once("--baseline-root ").unwrap();
    let baseline = Path::new(baseline.split_whitespace().next().unwrap());
    assert!(baseline.starts_with(dir.path().join("target/xtask")));
    let manifest = fs::read_to_string(baseline.join("Cargo.toml")).unwrap();
    assert!(manifest.contains("version = \"0.7.6\""), "{manifest}");
    // From 0.7 on, everything may break: the check runs anyway, and its result is reported.
    assert!(log.contains("--release-type minor"), "{log}");
    stands_in(100, "202 checks: 201 pass, 1 fail, 0 warn, 58 skip");
    semver().expect_code(0).expect_error(&[
        "snmalloc-sys: 202 checks: 201 pass, 1 fail",
        &format!("snmalloc-sys: 0.7.6 had what {VERSION} breaks, as this version may"),
    ]);
    stands_in(0, "0 checks: 0 pass, 260 skip");
    semver()
        .expect_code(1)
        .expect_error(&["snmalloc-sys: nothing was compared; log: "]);
    stands_in(101, "202 checks: 202 pass, 58 skip");
    semver()
        .expect_code(1)
        .expect_error(&["snmalloc-sys: nothing was compared; log: "]);
    // An unreachable registry doesn't mean that nothing was published.
    run()
        .env(
            "CARGO_REGISTRIES_LOOPBACK_INDEX",
            "sparse+http://127.0.0.1:1/",
        )
        .env("CARGO_NET_RETRY", "0")
        .end()
        .expect_code(3)
        .expect_error(&["the registry can't be asked for snmalloc-sys", "help:"]);
}

/// The documents to update for a new minor version; CONTRIBUTING.md refers to this test.
#[test]
fn documents_name_the_released_version() {
    needs!(Need::Git);
    let (minor, _) = VERSION.rsplit_once('.').unwrap();
    let files = Run::new("git").end_with(&["ls-files", "*.md"]);
    let mut named = 0;
    for name in files.expect_code(0).stdout.lines() {
        let text = fs::read_to_string(root().join(name)).unwrap();
        for (number, line) in text.lines().enumerate() {
            for begin in ["snmalloc-rs = \"", "snmalloc-rs = { version = \""] {
                for rest in line.split(begin).skip(1) {
                    let version = rest.split('"').next().unwrap();
                    assert_eq!(version, minor, "{name}:{}", number + 1);
                    named += 1;
                }
            }
        }
    }
    assert!(named > 0, "the documents name no version");
    let security = fs::read_to_string(root().join("SECURITY.md")).unwrap();
    let line = format!("| {minor} (the latest minor version) |");
    assert!(security.contains(&line), "SECURITY.md: no `{line}`");
}
