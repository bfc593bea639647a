// SPDX-License-Identifier: MIT
use super::{HOST, planned};
use crate::Family;

#[test]
fn override_is_for_linux_with_glibc_or_musl() {
    for triple in [
        HOST,
        "x86_64-unknown-linux-musl",
        "armv7-unknown-linux-gnueabihf",
    ] {
        let words = planned(triple, &["override"], Family::Gnu).unwrap();
        assert!(words.contains("-DSNMALLOC_RS_OVERRIDE"), "{words}");
    }
    for triple in [
        "x86_64-pc-windows-gnu",
        "aarch64-apple-darwin",
        "aarch64-linux-android",
        "x86_64-unknown-freebsd",
    ] {
        let message = planned(triple, &["override"], Family::Clang).unwrap_err();
        for words in [
            triple,
            "Linux with glibc or musl",
            "turn feature override off",
        ] {
            assert!(message.contains(words), "{message}");
        }
    }
}
