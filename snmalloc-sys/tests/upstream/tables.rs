// SPDX-License-Identifier: MIT
//! Upstream's tests: each directory of `src/test/func` is in one of two tables.

use When::{Always, Never, With};

/// The configurations in which a test is run.
#[derive(Clone, Copy)]
pub enum When {
    Always,
    Never,
    /// With a feature: without it, the program is empty or doesn't link.
    With(&'static str),
}

/// A test that is run, in the two ways of `Way`.
pub struct Test {
    pub name: &'static str,
    pub front: When,
    /// `Never` if the test uses upstream's classes.
    pub entry: When,
}

const fn test(name: &'static str, front: When, entry: When) -> Test {
    Test { name, front, entry }
}

/// The longest come first, so that none of them runs alone at the end.
pub const RUN: [Test; 22] = [
    test("jemalloc", Always, Always),
    test("memcpy", Always, With("check-loads")),
    test("redblack", Always, Never),
    test("pagemap", Always, Never),
    test("new", Always, Always),
    test("freelist_mpscq", Always, Never),
    test("multi_setspecific", Always, Never),
    test("malloc", Always, Always),
    test("memory", Always, Always),
    test("statistics", Always, Always),
    test("teardown", Always, Always),
    test("first_operation", Always, Always),
    test("multi_threadatexit", Always, Always),
    test("multi_atexit", Always, Always),
    test("memory_usage", Always, Always),
    test("corruption_detection", With("check"), With("check")),
    test("protect_fork", Always, Never),
    test("pool", Always, Never),
    test("seqset", Always, Never),
    test("sizeclass", Always, Never),
    test("release-rounding", Always, Never),
    test("bits", Always, Never),
];

const OWN: &str = "it defines its own configuration";
const WINDOWS: &str = "it does something on Windows only";
const DISABLED: &str = "upstream has disabled it";

/// Tests that are not run, with the reason.
pub const NOT_RUN: [(&str, &str); 13] = [
    ("cheri", "it does something on CHERI only"),
    ("client_meta", OWN),
    ("dll_teardown", WINDOWS),
    ("domestication", OWN),
    ("external_pagemap", DISABLED),
    ("fixed_region", OWN),
    ("fixed_region_alloc", OWN),
    ("fixed_region_remote_dealloc", OWN),
    ("fls_teardown", WINDOWS),
    ("miracle_ptr", OWN),
    ("sandbox", DISABLED),
    ("thread_alloc_external", OWN),
    ("two_alloc_types", OWN),
];
