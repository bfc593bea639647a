// SPDX-License-Identifier: MIT
//! The list of options for compiling the C++.

mod code;
mod features;
mod msvc;
mod valgrind;
mod windows;

use std::path::PathBuf;

use crate::{
    Compiler, Error, Family, FeatureId, Features, Machine, Origin, Probes, Target, user_flags, vars,
};

/// One option, independent of a builder's spelling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opt {
    /// The C++ standard: 17 or 20.
    Standard(u8),
    /// A compiler argument.
    Flag(String),
    /// A macro, with its value if it has one.
    Define(String, Option<String>),
    /// A directory of headers.
    Include(PathBuf),
    /// A directory of libraries, for the linker.
    LibraryDir(PathBuf),
    /// A library to link, in cargo's spelling (`static=atomic`).
    Library(String),
}

/// Inputs of a plan.
pub struct Inputs<'a> {
    /// The features that are on.
    pub features: &'a Features,
    /// The target.
    pub target: &'a Target,
    /// The triple of this machine.
    pub host: &'a str,
    /// The compiler.
    pub compiler: &'a Compiler,
    /// Results of the compiler probes.
    pub probes: &'a Probes,
    /// The root of snmalloc's source tree.
    pub source: PathBuf,
    /// The root of the package that contains the shim.
    pub package: PathBuf,
    /// Output directory for the object.
    pub out_dir: PathBuf,
}

impl Inputs<'_> {
    /// Options that keep paths of the build machine out of the archive.
    fn path_maps(&self) -> [String; 3] {
        [
            (&self.out_dir, "out"),
            (&self.package, "snmalloc-sys"),
            (&self.source, "snmalloc"),
        ]
        .map(|(dir, name)| format!("-ffile-prefix-map={}={name}", dir.display()))
    }
}

/// Options for compiling and linking the C++.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The options' spelling.
    pub family: Family,
    /// The options, in the order in which each kind is passed to the compiler.
    pub options: Vec<Opt>,
    /// Warnings for the user; not errors.
    pub warnings: Vec<String>,
}

impl Plan {
    /// The compiler arguments for these options, without those that only concern linking.
    pub fn arguments(&self) -> Vec<String> {
        self.options
            .iter()
            .filter_map(|option| {
                Some(match option {
                    Opt::Standard(year) if self.family == Family::Msvc => {
                        format!("/std:c++{year}")
                    }
                    Opt::Standard(year) => format!("-std=c++{year}"),
                    Opt::Flag(flag) => flag.clone(),
                    Opt::Define(name, None) => format!("-D{name}"),
                    Opt::Define(name, Some(value)) => format!("-D{name}={value}"),
                    Opt::Include(dir) => format!("-I{}", dir.display()),
                    Opt::LibraryDir(_) | Opt::Library(_) => return None,
                })
            })
            .collect()
    }
}

/// Makes the plan.
///
/// # Errors
/// A feature is not available here; the message gives the reason and an alternative.
pub fn plan(inputs: &Inputs<'_>, machine: &dyn Machine) -> Result<Plan, Error> {
    features::override_c(inputs)?;
    features::vendored_stl(inputs)?;
    let mut list = List::default();
    if inputs.probes.family == Family::Msvc {
        msvc::options(inputs, &mut list)?;
    } else {
        code::language(inputs, &mut list);
        code::code_generation(inputs, &mut list)?;
    }
    macros(inputs, machine, &mut list);
    windows::windows(inputs, machine, &mut list)?;
    features::gwp_asan(inputs, machine, &mut list)?;
    valgrind::client_requests(inputs, machine, &mut list)?;
    features::sanitise(inputs, machine, &mut list)?;
    features::lto(inputs, machine, &mut list)?;
    features::android_shared_std(inputs, machine, &mut list)?;
    // The user's flags come last, so that they win.
    let crossing = inputs.target.triple != inputs.host;
    let (compiler, target) = (inputs.compiler, inputs.target);
    let own = user_flags::from_env(compiler, target, crossing, inputs.features, machine);
    let variable = user_flags::variable(target, crossing, machine);
    list.warnings
        .extend(vars::quotes_warning(machine, target, crossing));
    list.warnings.extend(own.warning(&variable));
    list.options.extend(own.kept.into_iter().map(Opt::Flag));
    if inputs.probes.assertions {
        // A hardened compiler defines these by default; the checks call the C++ library.
        list.flag("-U_GLIBCXX_ASSERTIONS");
        list.flag("-U_GLIBCXX_DEBUG");
    }
    list.options.push(Opt::Include(inputs.source.join("src")));
    if needs_mach_vm(inputs) {
        let headers = inputs.package.join("shim").join("apple");
        list.options.push(Opt::Include(headers));
    }
    list.warnings.extend(features::nothing_to_do(inputs));
    Ok(Plan {
        family: inputs.probes.family,
        options: list.options,
        warnings: list.warnings,
    })
}

/// Returns true if the plan uses the shim's `mach/mach_vm.h`: zig has none for any Apple OS, and
/// the SDKs of all but macOS (Catalyst's too) contain an `#error` instead.
fn needs_mach_vm(inputs: &Inputs<'_>) -> bool {
    let target = inputs.target;
    target.is_apple() && (inputs.compiler.origin == Origin::Zig || target.is_apple_device())
}

#[derive(Default)]
struct List {
    options: Vec<Opt>,
    warnings: Vec<String>,
}

impl List {
    fn flag(&mut self, flag: impl Into<String>) {
        self.options.push(Opt::Flag(flag.into()));
    }

    fn define(&mut self, name: &str) {
        self.options.push(Opt::Define(name.to_owned(), None));
    }

    fn define_value(&mut self, name: &str, value: &str) {
        self.options
            .push(Opt::Define(name.to_owned(), Some(value.to_owned())));
    }
}

const WAIT: &str = "SNMALLOC_USE_WAIT_ON_ADDRESS";

/// Returns true if the user's own flags define `name`.
fn asked_by_flag(inputs: &Inputs<'_>, machine: &dyn Machine, name: &str) -> bool {
    let crossing = inputs.target.triple != inputs.host;
    let own = vars::cxxflags(machine, inputs.target, crossing);
    own.iter().any(|flag| flag.contains(name))
}

fn macros(inputs: &Inputs<'_>, machine: &dyn Machine, list: &mut List) {
    let Inputs {
        features,
        target,
        probes,
        ..
    } = inputs;
    if !features.has(FeatureId::Debug) {
        list.define("NDEBUG");
    }
    list.define(thread_cleanup(target, probes));
    // Waiting calls private functions on Apple's devices (`__ulock_*`), which the App Store may
    // reject: users must enable it with the macro itself.
    if target.is_apple_device() {
        if !asked_by_flag(inputs, machine, WAIT) {
            list.define_value(WAIT, "0");
        }
    } else {
        let wait = features.has(FeatureId::UsewaitOnAddress);
        list.define_value(WAIT, if wait { "1" } else { "0" });
    }
    let loads = if features.has(FeatureId::CheckLoads) {
        "true"
    } else {
        "false"
    };
    list.define_value("SNMALLOC_CHECK_LOADS", loads);
    // These kernels may have pages of up to 64 KiB, and the mitigations protect whole pages: if
    // they assumed smaller ones, they would protect nothing, or too much.
    let large_pages = ["aarch64", "loongarch64", "mips64"].contains(&target.arch.as_str())
        && matches!(target.os.as_str(), "linux" | "android");
    if features.has(FeatureId::Check) && large_pages {
        list.define_value("SNMALLOC_PAGESIZE", "0x10000");
    }
    for (wanted, name) in [
        (probes.getentropy, "SNMALLOC_PLATFORM_HAS_GETENTROPY"),
        (probes.futex_header, "SNMALLOC_HAS_LINUX_FUTEX_H"),
        (probes.random_header, "SNMALLOC_HAS_LINUX_RANDOM_H"),
        // A lock that another thread holds at `fork` would stay locked in the child forever.
        (probes.atfork, "SNMALLOC_PTHREAD_ATFORK_WORKS"),
        (probes.atfork, "SNMALLOC_PTHREAD_FORK_PROTECTION"),
        (features.has(FeatureId::Check), "SNMALLOC_CHECK_CLIENT"),
        (features.has(FeatureId::Hardened), "SNMALLOC_RS_HARDENED"),
        (features.has(FeatureId::Qemu), "SNMALLOC_QEMU_WORKAROUND"),
        (features.has(FeatureId::Tracing), "SNMALLOC_TRACING"),
        (
            features.has(FeatureId::VendoredStl),
            "SNMALLOC_USE_SELF_VENDORED_STL",
        ),
        (features.has(FeatureId::LibcApi), "SNMALLOC_RS_LIBC_API"),
        (features.has(FeatureId::Override), "SNMALLOC_RS_OVERRIDE"),
        (
            features.has(FeatureId::CheckLoads),
            "SNMALLOC_RS_CHECKED_COPY",
        ),
        (features.has(FeatureId::Stats), "SNMALLOC_RS_STATS"),
        (
            features.has(FeatureId::Pageid) && covers(FeatureId::Pageid, target),
            "SNMALLOC_PAGEID",
        ),
    ] {
        if wanted {
            list.define(name);
        }
    }
}

/// How a thread's allocator is released when the thread exits: without the C++ runtime if the
/// platform has another mechanism.
fn thread_cleanup(target: &Target, probes: &Probes) -> &'static str {
    match (target.os.as_str(), target.env.as_str()) {
        ("linux", "gnu") if probes.thread_atexit => "SNMALLOC_USE_CXX11_THREAD_ATEXIT_DIRECT",
        ("windows", "msvc") => "SNMALLOC_USE_CXX11_DESTRUCTORS",
        // The shim's own callbacks (windows_pal.h).
        ("windows", _) => "SNMALLOC_USE_CXX11_THREAD_ATEXIT_DIRECT",
        _ if target.is_apple() => "SNMALLOC_USE_CXX11_DESTRUCTORS",
        _ => "SNMALLOC_USE_PTHREAD_DESTRUCTORS",
    }
}

fn covers(id: FeatureId, target: &Target) -> bool {
    id.feature().scope.covers(target)
}

#[cfg(all(test, unix))]
mod tests;
