// SPDX-License-Identifier: MIT
//! Tests of the plan, option by option.

mod by_target;
mod clang;
mod override_c;
mod valgrind;

use super::{Inputs, plan};
use crate::{Compiler, FakeMachine, Family, Features, Probes, Target};

const HOST: &str = "x86_64-unknown-linux-gnu";

fn probes(family: Family) -> Probes {
    Probes {
        family,
        version: (12, 2),
        cxx20: true,
        cx16: true,
        prfchw: true,
        getentropy: true,
        atfork: true,
        futex_header: true,
        thread_atexit: true,
        random_header: true,
        assertions: false,
        target_flag: None,
    }
}

fn planned(triple: &str, features: &[&str], family: Family) -> Result<String, String> {
    planned_on(
        triple,
        features,
        family,
        &FakeMachine::new("linux", "x86_64"),
    )
}

fn planned_on(
    triple: &str,
    features: &[&str],
    family: Family,
    machine: &FakeMachine,
) -> Result<String, String> {
    let name = match family {
        Family::Msvc => "cl",
        _ => "c++",
    };
    planned_by(name, triple, features, family, machine)
}

fn planned_by(
    name: &str,
    triple: &str,
    features: &[&str],
    family: Family,
    machine: &FakeMachine,
) -> Result<String, String> {
    let compiler = Compiler::found(format!("/usr/bin/{name}"));
    let inputs = Inputs {
        features: &Features::from_names(features.iter().copied()).unwrap(),
        target: &Target::from_triple(triple).unwrap(),
        host: HOST,
        compiler: &compiler,
        probes: &probes(family),
        source: "/s".into(),
        package: "/p".into(),
        out_dir: "/o".into(),
    };
    match plan(&inputs, machine) {
        Ok(plan) => {
            let mut words = plan.arguments();
            words.extend(plan.warnings.iter().map(|w| format!("[{w}]")));
            Ok(words.join(" "))
        }
        Err(missing) => Err(missing.to_string()),
    }
}

#[test]
fn the_default_plan() {
    assert_eq!(
        planned(HOST, &["build_cmake", "usewait-on-address"], Family::Gnu).unwrap(),
        "-std=c++20 -fno-exceptions -fno-rtti -fno-threadsafe-statics -O3 -fPIC \
         -ftls-model=initial-exec -ffunction-sections -fdata-sections -fvisibility=hidden \
         -fomit-frame-pointer -mcx16 -mprfchw \
         -ffile-prefix-map=/o=out -ffile-prefix-map=/p=snmalloc-sys -ffile-prefix-map=/s=snmalloc \
         -DNDEBUG -DSNMALLOC_USE_CXX11_THREAD_ATEXIT_DIRECT -DSNMALLOC_USE_WAIT_ON_ADDRESS=1 \
         -DSNMALLOC_CHECK_LOADS=false -DSNMALLOC_PLATFORM_HAS_GETENTROPY \
         -DSNMALLOC_HAS_LINUX_FUTEX_H -DSNMALLOC_HAS_LINUX_RANDOM_H \
         -DSNMALLOC_PTHREAD_ATFORK_WORKS -DSNMALLOC_PTHREAD_FORK_PROTECTION -I/s/src"
    );
}

#[test]
fn each_feature_changes_the_plan_or_is_refused() {
    for feature in crate::FEATURES {
        if feature.rust_only || matches!(feature.name, "build_cc" | "build_cmake" | "usecxx17") {
            // These affect the choice of the builder and the probes, not the plan.
            continue;
        }
        let triple = match feature.scope {
            crate::Scope::Everywhere | crate::Scope::Linux | crate::Scope::LinuxLibc => HOST,
            crate::Scope::Windows => "x86_64-pc-windows-gnu",
            crate::Scope::Android => "aarch64-linux-android",
        };
        for family in [Family::Gnu, Family::Clang] {
            assert_ne!(
                planned(triple, &[feature.name], family),
                planned(triple, &[], family),
                "{} is accepted and ignored",
                feature.name
            );
        }
    }
}

#[test]
fn unavailable_features_are_refused_with_a_fix() {
    for (triple, feature, family, expected) in [
        (
            HOST,
            "fuzzing",
            Family::Gnu,
            "help: apt-get install clang lld, then set CXX=clang++\n",
        ),
        (
            HOST,
            "gwp-asan",
            Family::Clang,
            "searched: SNMALLOC_GWP_ASAN_INCLUDE_PATH (not set)",
        ),
        (
            "aarch64-unknown-linux-gnu",
            "native-cpu",
            Family::Gnu,
            "CXXFLAGS_aarch64_unknown_linux_gnu=-mcpu=…",
        ),
        (
            "aarch64-linux-android",
            "android-shared-std",
            Family::Clang,
            "feature android-shared-std: there is no libc++_shared.so",
        ),
        (
            "x86_64-unknown-openbsd",
            "vendored-stl",
            Family::Clang,
            "help: turn feature vendored-stl off",
        ),
    ] {
        let message = planned(triple, &[feature], family).unwrap_err();
        assert!(message.contains(expected), "{message}");
    }
    let warned = planned(HOST, &["win8compat"], Family::Gnu).unwrap();
    assert!(
        warned.contains("feature win8compat does nothing for x86_64-unknown-linux-gnu"),
        "{warned}"
    );
}

#[test]
fn android_uses_packed_relocations_and_lld() {
    let triple = "aarch64-linux-android";
    let words = planned(triple, &["android-lld"], Family::Clang).unwrap();
    assert!(words.contains("-ftls-model=local-dynamic"), "{words}");
    assert!(
        words.contains("[feature android-lld is always on"),
        "{words}"
    );
    let library = "/usr/lib/libc++_shared.so";
    let said = crate::Output {
        success: true,
        stdout: format!("{library}\n"),
        ..crate::Output::default()
    };
    let machine = FakeMachine::new("linux", "x86_64")
        .with_file(library, "")
        .with_program("/usr/bin/c++", "-print-file-name=libc++_shared.so", said);
    let shared = planned_on(triple, &["android-shared-std"], Family::Clang, &machine);
    // The features differ only in linking.
    let without = planned_on(triple, &[], Family::Clang, &machine);
    assert_eq!(shared, without);
}

#[test]
fn mitigations_allow_for_the_largest_pages() {
    let words = |triple| planned(triple, &["check"], Family::Gnu).unwrap();
    assert!(words("aarch64-unknown-linux-gnu").contains("-DSNMALLOC_PAGESIZE=0x10000"));
    assert!(!words(HOST).contains("SNMALLOC_PAGESIZE"));
}

#[test]
fn gwp_asan_is_used_where_it_is() {
    let machine = FakeMachine::new("linux", "x86_64")
        .with_file("/llvm/include/gwp_asan/guarded_pool_allocator.h", "")
        .with_file("/llvm/lib/libclang_rt.gwp_asan-x86_64.a", "")
        .with_var("SNMALLOC_GWP_ASAN_INCLUDE_PATH", "/llvm/include")
        .with_var("SNMALLOC_GWP_ASAN_LIBRARY_PATH", "/llvm/lib");
    let words = planned_on(HOST, &["gwp-asan"], Family::Clang, &machine).unwrap();
    assert!(words.contains("-DSNMALLOC_ENABLE_GWP_ASAN_INTEGRATION"));
    assert!(words.contains("-I/llvm/include"));
}

#[test]
fn user_flags_come_last() {
    let machine = FakeMachine::new("linux", "x86_64")
        .with_var("CXXFLAGS", "-O2")
        .with_var("CXXFLAGS_x86_64_unknown_linux_gnu", "-O1 -Wall");
    let words = planned_on(HOST, &[], Family::Gnu, &machine).unwrap();
    assert!(words.ends_with("-O2 -O1 -Wall -I/s/src"), "{words}");
}

#[test]
fn cpu_matches_the_triple() {
    for (triple, expected) in [
        (
            "arm-unknown-linux-gnueabihf",
            "-march=armv6 -marm -mfpu=vfp -mfloat-abi=hard",
        ),
        (
            "armv5te-unknown-linux-gnueabi",
            "-march=armv5te -marm -mfloat-abi=soft",
        ),
        (
            "armv7-unknown-linux-gnueabihf",
            "-march=armv7-a -mfpu=vfpv3-d16 -mfloat-abi=hard",
        ),
        ("i586-unknown-linux-gnu", "-march=i586"),
        (
            "armv7-linux-androideabi",
            "-march=armv7-a -mthumb -mfpu=vfpv3-d16 -mfloat-abi=softfp",
        ),
        ("thumbv7neon-linux-androideabi", "-mfpu=neon"),
    ] {
        let words = planned(triple, &[], Family::Gnu).unwrap();
        assert!(words.contains(expected), "{words}");
    }
}

#[test]
fn msvc_options_differ() {
    let machine = FakeMachine::new("windows", "x86_64");
    let by = |name, triple, features: &[&str]| {
        planned_by(name, triple, features, Family::Msvc, &machine)
    };
    const X64: &str = "x86_64-pc-windows-msvc";
    let words = by("cl", X64, &[]).unwrap();
    assert!(words.starts_with("/nologo /std:c++20 "), "{words}");
    assert!(words.contains("/MD"), "{words}");
    assert!(!words.contains(" -f"), "{words}");
    let words = by("clang-cl", X64, &["lto", "native-cpu"]).unwrap();
    for word in [
        "/clang:-march=native",
        "-flto=thin",
        "/clang:-ffile-prefix-map=/o=out",
    ] {
        assert!(words.contains(word), "{words}");
    }
    for feature in ["lto", "native-cpu", "fuzzing"] {
        let message = by("cl", X64, &[feature]).unwrap_err();
        assert!(message.contains("set CXX=clang-cl"), "{message}");
    }
    assert!(
        by("cl", "arm64ec-pc-windows-msvc", &[])
            .unwrap()
            .contains("/arm64EC")
    );
    let seven = by("cl", "x86_64-win7-windows-msvc", &[]).unwrap();
    assert!(seven.contains("-D_WIN32_WINNT=0x0601"), "{seven}");
}
