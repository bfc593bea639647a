// SPDX-License-Identifier: MIT
use super::Target;

fn taken_apart(triple: &str) -> String {
    let t = Target::from_triple(triple).expect(triple);
    format!(
        "{} {} {} {} {} {}",
        t.arch,
        t.os,
        t.env,
        t.abi,
        t.pointer_width,
        if t.little_endian { "le" } else { "be" }
    )
}

#[test]
fn triples_parse() {
    for (triple, expected) in [
        ("x86_64-unknown-linux-gnu", "x86_64 linux gnu  64 le"),
        ("aarch64-linux-android", "aarch64 android   64 le"),
        ("armv7-linux-androideabi", "arm android  eabi 32 le"),
        (
            "armv7-unknown-linux-gnueabihf",
            "arm linux gnu eabihf 32 le",
        ),
        ("i686-pc-windows-gnu", "x86 windows gnu  32 le"),
        ("x86_64-pc-windows-gnullvm", "x86_64 windows gnu llvm 64 le"),
        ("aarch64-apple-darwin", "aarch64 macos   64 le"),
        ("x86_64-unknown-linux-gnux32", "x86_64 linux gnu x32 32 le"),
        (
            "powerpc64-unknown-linux-gnu",
            "powerpc64 linux gnu elfv1 64 be",
        ),
        ("s390x-unknown-linux-gnu", "s390x linux gnu  64 be"),
    ] {
        assert_eq!(taken_apart(triple), expected, "{triple}");
    }
    assert_eq!(Target::from_triple("pdp11-dec-unix"), None);
    for name in [
        "",
        "riscv64../../x-unknown-linux-gnu",
        "arm$(x)-unknown-linux-gnu",
    ] {
        assert_eq!(Target::from_triple(name), None, "{name}");
    }
}

#[test]
fn cargo_and_the_name_agree() {
    let from_cargo = Target::from_cargo(|name| {
        Some(
            match name {
                "TARGET" => "x86_64-unknown-linux-musl",
                "CARGO_CFG_TARGET_ARCH" => "x86_64",
                "CARGO_CFG_TARGET_OS" => "linux",
                "CARGO_CFG_TARGET_ENV" => "musl",
                "CARGO_CFG_TARGET_POINTER_WIDTH" => "64",
                "CARGO_CFG_TARGET_ENDIAN" => "little",
                "CARGO_CFG_TARGET_FEATURE" => "crt-static,fxsr,sse",
                _ => return None,
            }
            .to_owned(),
        )
    });
    assert_eq!(
        from_cargo.ok(),
        Target::from_triple("x86_64-unknown-linux-musl")
    );
    assert_eq!(
        Target::from_cargo(|_| None),
        Err("TARGET".to_owned()),
        "a missing variable is named"
    );
}
