// SPDX-License-Identifier: MIT
//! The policy for user flags (`CXXFLAGS`, arguments after the compiler in `CXX`, flags of a
//! toolchain file): a flag is kept or ignored with a reason.
//!
//! The shim is one object without a C++ runtime, which rustc links. A flag that would change one of
//! these facts is ignored, since the distribution or project that sets it intends it for its own
//! programs.

mod cl;
mod gnu;

use crate::{Compiler, FeatureId, Features, Machine, Target, vars};

/// The user's flags after the policy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserFlags {
    /// Passed to the compiler after the plan's options, so that they win.
    pub kept: Vec<String>,
    /// Ignored flags, each with the reason.
    pub ignored: Vec<(String, &'static str)>,
}

impl UserFlags {
    /// A warning about ignored flags; `None` if there are none.
    pub fn warning(&self, variable: &str) -> Option<String> {
        let parts: Vec<String> = self
            .ignored
            .iter()
            .map(|(flag, reason)| format!("{flag} ({reason})"))
            .collect();
        (!parts.is_empty()).then(|| format!("ignored from {variable}: {}", parts.join(", ")))
    }
}

/// The result for one flag.
enum Verdict {
    Keep,
    /// Kept in another form.
    Replace(String),
    /// Dropped silently: the result already matches the request.
    Drop,
    Ignore(&'static str),
}

/// Facts that affect the policy.
#[derive(Clone, Copy, Default)]
struct Context<'a> {
    /// Features `lto` and `fuzzing` allow their flags.
    lto: bool,
    fuzzing: bool,
    /// Sanitizers whose runtime rustc links (`CARGO_CFG_SANITIZE`).
    sanitizers: &'a str,
    /// A sanitizer that only traps needs no runtime.
    traps: bool,
}

/// `CXXFLAGS` under all its names, after the policy.
pub fn from_env(
    compiler: &Compiler,
    target: &Target,
    crossing: bool,
    features: &Features,
    machine: &dyn Machine,
) -> UserFlags {
    let words = vars::cxxflags(machine, target, crossing);
    let sanitizers = machine.var("CARGO_CFG_SANITIZE").unwrap_or_default();
    let context = Context {
        lto: features.has(FeatureId::Lto),
        fuzzing: features.has(FeatureId::Fuzzing),
        sanitizers: &sanitizers,
        traps: gnu::traps(&words),
    };
    judge(words, compiler.speaks_cl(), context)
}

/// The flags after a compiler in `CXX` or in a toolchain file, after the policy.
pub fn of_compiler(words: Vec<String>, cl: bool) -> UserFlags {
    let context = Context {
        traps: gnu::traps(&words),
        ..Context::default()
    };
    judge(words, cl, context)
}

/// The names under which `CXXFLAGS` is set.
pub fn variable(target: &Target, crossing: bool, machine: &dyn Machine) -> String {
    let names = vars::names("CXXFLAGS", target, crossing);
    let set: Vec<String> = names
        .into_iter()
        .filter(|name| machine.var(name).is_some())
        .collect();
    set.join(" and ")
}

fn judge(words: Vec<String>, cl: bool, context: Context<'_>) -> UserFlags {
    let mut flags = UserFlags::default();
    let mut words = words.into_iter().peekable();
    while let Some(word) = words.next() {
        let takes_value = !cl && gnu::VALUE_IN_NEXT_WORD.contains(&word.as_str());
        let value = if takes_value { words.next() } else { None };
        let verdict = match (cl, &value) {
            (true, _) => cl::judge(&word),
            (false, Some(value)) => gnu::judge_pair(&word, value, context),
            (false, None) => gnu::judge(&word, context),
        };
        let whole = match &value {
            Some(value) => format!("{word} {value}"),
            None => word.clone(),
        };
        match verdict {
            Verdict::Keep => {
                flags.kept.push(word);
                flags.kept.extend(value);
            }
            Verdict::Replace(other) => flags.kept.push(other),
            Verdict::Drop => {}
            Verdict::Ignore(reason) if !flags.ignored.iter().any(|(flag, _)| *flag == whole) => {
                flags.ignored.push((whole, reason));
            }
            Verdict::Ignore(_) => {}
        }
    }
    flags
}

#[cfg(test)]
mod tests;
