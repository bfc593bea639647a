use super::{Caches, args, caches, plain};
use crate::engine::client::Client;
use crate::images::base::Base;
use crate::images::recipe::Recipe;
use snmalloc_toolchains::{FakeMachine, Output, Target, catalog};
use std::path::Path;

#[test]
fn build_command_follows_the_recipe() {
    let target = Target::from_triple("aarch64-unknown-linux-gnu").unwrap();
    let recipe = Recipe {
        image: catalog::image(&target).unwrap(),
        base: Base {
            name: "local/debian".to_owned(),
            id: "1".to_owned(),
            arch: "amd64".to_owned(),
        },
        tag: "snmalloc-rs/gnu-aarch64-linux-gnu:0".to_owned(),
        ndk: None,
    };
    let machine = FakeMachine::new("linux", "x86_64")
        .with_var("HTTPS_PROXY", "http://user:secret@proxy.example");
    let line = args(
        &recipe,
        Path::new("/r/docker"),
        Path::new("/r/docker/gnu.Dockerfile"),
        &machine,
    );
    assert_eq!(
        line.join(" "),
        "build --network=host --force-rm --file /r/docker/gnu.Dockerfile --build-arg BASE=local/debian \
         --build-arg PACKAGES=g++-aarch64-linux-gnu --build-arg HTTPS_PROXY \
         --label snmalloc-rs.name=gnu-aarch64-linux-gnu \
         --tag snmalloc-rs/gnu-aarch64-linux-gnu:0 /r/docker"
    );
}

#[test]
fn caches_are_mounted_if_the_builder_supports_them() {
    let output = |text: &str| Output {
        success: true,
        stdout: text.to_owned(),
        ..Output::default()
    };
    let caches_of = |program: &str, machine: &FakeMachine| {
        let program = program.to_owned();
        caches(&Client { program }, machine)
    };
    let bare = FakeMachine::new("linux", "x86_64");
    let buildx = bare
        .clone()
        .with_program("docker", "buildx", output("v0.13"));
    let off = buildx.clone().with_var("DOCKER_BUILDKIT", "0");
    let old = bare.clone().with_var("DOCKER_BUILDKIT", "1");
    assert_eq!(caches_of("docker", &bare), Caches::No);
    assert_eq!(caches_of("docker", &buildx), Caches::ByBuildKit);
    assert_eq!(caches_of("docker", &off), Caches::No);
    assert_eq!(caches_of("docker", &old), Caches::ByBuildKit);
    let podman = |version| {
        bare.clone()
            .with_program("podman", "version", output(version))
    };
    assert_eq!(caches_of("podman", &podman("5.4.2\n")), Caches::Yes);
    assert_eq!(caches_of("podman", &podman("3.0.1\n")), Caches::No);
}

#[test]
fn plain_builder_gets_no_mounts() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    for family in catalog::FAMILIES {
        let file = root.join(format!("docker/{family}.Dockerfile"));
        let text = std::fs::read_to_string(file).unwrap();
        // Each install step, except Wine's, mounts the cache.
        for line in text.lines().filter(|line| line.contains("sh /install/")) {
            let known = line.contains("--mount=type=cache,") || line.ends_with("/wine");
            assert!(known, "{family}: {line}");
        }
        let plain = plain(&text);
        assert!(!plain.contains("--mount"), "{plain}");
        assert!(
            plain.contains("\nRUN sh /install/packages binutils"),
            "{plain}"
        );
        assert_eq!(plain.lines().count(), text.lines().count());
    }
}
