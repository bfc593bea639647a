//! The published packages, as a crate outside the workspace uses them.

use std::fs;

use crate::support::{Run, has, vendored_tree};

#[test]
fn unpacked_packages_build_offline_with_both_builders() {
    if !has("packages", &["cmake", "tar"]) {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let tree = dir.path().join("tree");
    vendored_tree(&tree);
    Run::cargo(&[
        "package",
        "--no-verify",
        "--allow-dirty",
        "--offline",
        "--quiet",
    ])
    .dir(&tree)
    .env("CARGO_TARGET_DIR", dir.path().join("target"))
    .end_with(&[
        "-p",
        "snmalloc-toolchains",
        "-p",
        "snmalloc-sys",
        "-p",
        "snmalloc-rs",
    ])
    .expect_code(0);
    for name in ["snmalloc-toolchains", "snmalloc-sys", "snmalloc-rs"] {
        let file = dir
            .path()
            .join(format!("target/package/{name}-0.8.0.crate"));
        let list = Run::new("tar")
            .end_with(&["tzf", file.to_str().unwrap()])
            .expect_code(0)
            .stdout;
        assert!(list.contains(&format!("{name}-0.8.0/LICENSE")), "{list}");
        if name == "snmalloc-sys" {
            assert!(list.contains("upstream/LICENSE"), "{list}");
            assert!(list.contains("upstream/src/snmalloc/snmalloc.h"), "{list}");
        }
        Run::new("tar")
            .dir(dir.path())
            .end_with(&["xzf", file.to_str().unwrap()])
            .expect_code(0);
    }

    let app = dir.path().join("app");
    fs::create_dir_all(app.join("src")).unwrap();
    fs::write(
        app.join("Cargo.toml"),
        "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n\
         [dependencies]\nsnmalloc-rs = { path = \"../snmalloc-rs-0.8.0\" }\n\
         snmalloc-sys = \"0.8.0\"\n\n\
         [patch.crates-io]\n\
         snmalloc-sys = { path = \"../snmalloc-sys-0.8.0\" }\n\
         snmalloc-toolchains = { path = \"../snmalloc-toolchains-0.8.0\" }\n\n\
         [profile.release]\ndebug = true\n\n[workspace]\n",
    )
    .unwrap();
    fs::write(
        app.join("src/main.rs"),
        "#[global_allocator]\nstatic ALLOC: snmalloc_rs::SnMalloc = snmalloc_rs::SnMalloc;\n\
         fn main() { println!(\"{}\", vec![1; 100].len()); }\n",
    )
    .unwrap();
    // What a dependent crate's build script is told.
    fs::write(
        app.join("build.rs"),
        "fn main() {\n\
         let told = |name: &str| std::env::var(format!(\"DEP_SNMALLOC_{name}\")).unwrap();\n\
         assert_eq!(told(\"BUILDER\"), std::env::var(\"SNMALLOC_BUILDER\").unwrap());\n\
         assert_eq!(told(\"VERSION\"), \"0.7.6\");\n\
         let header = format!(\"{}/src/snmalloc/snmalloc.h\", told(\"SOURCE\"));\n\
         assert!(std::path::Path::new(&header).is_file());\n\
         assert!(std::path::Path::new(&told(\"ARCHIVE\")).is_file());\n}\n",
    )
    .unwrap();
    for builder in ["cc", "cmake"] {
        let ended = Run::cargo(&["run", "--release", "--offline", "--quiet"])
            .dir(&app)
            .env("SNMALLOC_BUILDER", builder)
            .end()
            .expect_code(0);
        assert_eq!(ended.stdout, "100\n");
        let program = fs::read(app.join("target/release/app")).unwrap();
        let asserts = program.windows(11).any(|bytes| bytes == b"assert fail");
        assert!(!asserts, "a release build with debug info has assertions");
    }
}
