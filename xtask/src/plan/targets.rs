//! The requested targets, and the toolchain requested for each.

use snmalloc_toolchains::find::zig::{ToolchainChoice, is_version};
use snmalloc_toolchains::{Group, Machine, Overlay, Target, catalog};

use crate::context::Context;
use crate::failure::Failure;
use crate::plan::resolve;
use crate::process::command::Job;
use crate::request::{TargetSelection, ToolchainKind};
use crate::suggest::suggest;

/// One requested target.
#[derive(Clone, Debug)]
pub struct RequestedTarget {
    pub target: Target,
    /// The toolchain requested for it, if any.
    pub toolchain: Option<ToolchainChoice>,
    /// Selected by `--all` or `--group`: tools that are missing for it are not an error.
    pub from_group: bool,
}

impl RequestedTarget {
    /// A target with nothing else requested.
    pub fn plain(target: Target) -> Self {
        Self {
            target,
            toolchain: None,
            from_group: false,
        }
    }

    /// The requested name: the triple, with the glibc version if one was given.
    pub fn name(&self) -> String {
        match &self.toolchain {
            Some(ToolchainChoice::Zig(Some(version))) => {
                format!("{}.{version}", self.target.triple)
            }
            _ => self.target.triple.clone(),
        }
    }

    /// Returns true if it is this machine's own target, with this machine's C library.
    pub fn native(&self, host: &str) -> bool {
        self.target.triple == host && !matches!(self.toolchain, Some(ToolchainChoice::Zig(Some(_))))
    }

    /// `machine` with the variable that sets the requested toolchain.
    pub fn machine<'a>(&self, machine: &'a dyn Machine) -> Overlay<'a> {
        Overlay {
            base: machine,
            vars: self.variable().into_iter().collect(),
            os: None,
        }
    }

    /// Sets the requested toolchain in `job`. zig gets its own target directory, so that
    /// neither toolchain discards the other's build.
    pub fn apply(&self, job: &mut Job) {
        job.env.extend(self.variable());
        let Some(ToolchainChoice::Zig(version)) = &self.toolchain else {
            return;
        };
        for (_, dir) in job
            .env
            .iter_mut()
            .filter(|(name, _)| name == "CARGO_TARGET_DIR")
        {
            dir.push_str("-zig");
            dir.push_str(version.as_deref().unwrap_or_default());
        }
    }

    /// The requested toolchain as the build script reads it, under the most specific name that
    /// a shell can set.
    fn variable(&self) -> Option<(String, String)> {
        let triple = self.target.triple.replace(['-', '.'], "_");
        let toolchain = self.toolchain.as_ref()?;
        Some((format!("SNMALLOC_TOOLCHAIN_{triple}"), toolchain.text()))
    }
}

/// Returns every requested target once, in order, groups last; this machine's own if none is
/// requested.
pub fn requested(
    selection: &TargetSelection,
    toolchain: Option<ToolchainKind>,
    context: &Context,
) -> Result<Vec<RequestedTarget>, Failure> {
    let from_group = from_group(&selection.groups, selection.all, context.host);
    let mut requested: Vec<RequestedTarget> = Vec::new();
    for name in &selection.triples {
        requested.push(named(name, context)?);
    }
    if requested.is_empty() && from_group.is_empty() {
        requested.push(RequestedTarget::plain(resolve::target(
            context.host,
            context,
        )?));
    }
    for name in from_group {
        requested.push(RequestedTarget {
            from_group: true,
            ..RequestedTarget::plain(resolve::target(name, context)?)
        });
    }
    for requested in &mut requested {
        requested.toolchain = choose_toolchain(requested, toolchain)?;
    }
    let mut seen = std::collections::BTreeSet::new();
    requested.retain(|requested| seen.insert(requested.name()));
    Ok(requested)
}

/// The triples of whole groups, this machine's own first.
fn from_group<'a>(groups: &[Group], all: bool, host: &'a str) -> Vec<&'a str> {
    let in_group = |triple: &str| {
        let group = Target::from_triple(triple).and_then(|target| Group::of(&target));
        all || group.is_some_and(|group| groups.contains(&group))
    };
    let supported = catalog::ENTRIES
        .iter()
        .filter(|entry| entry.refused.is_none() && entry.triple != host)
        .map(|entry| entry.triple);
    std::iter::once(host)
        .chain(supported)
        .filter(|triple| in_group(triple))
        .collect()
}

/// Parses a target's name, which may end in a glibc version.
pub fn named(name: &str, context: &Context) -> Result<RequestedTarget, Failure> {
    match name.split_once('.') {
        Some((triple, version)) if catalog::entry(triple).is_some() => {
            let target = resolve::target(triple, context)?;
            if (target.os.as_str(), target.env.as_str()) != ("linux", "gnu") {
                return Err(Failure::Usage(format!(
                    "`{name}`: only Linux (GNU) targets have a glibc, whose version can be named"
                )));
            }
            if !is_version(version) {
                return Err(Failure::Usage(format!(
                    "`{name}`: `{version}` is no version of glibc, such as 2.17"
                )));
            }
            Ok(RequestedTarget {
                toolchain: Some(ToolchainChoice::Zig(Some(version.to_owned()))),
                ..RequestedTarget::plain(target)
            })
        }
        _ => Ok(RequestedTarget::plain(resolve::target(name, context)?)),
    }
}

/// Combines the toolchain from the target's name with `--toolchain`.
fn choose_toolchain(
    requested: &RequestedTarget,
    flag: Option<ToolchainKind>,
) -> Result<Option<ToolchainChoice>, Failure> {
    Ok(match (&requested.toolchain, flag) {
        (Some(_), Some(ToolchainKind::System)) => {
            return Err(Failure::Usage(format!(
                "`{}`: only zig supports a glibc version; leave out `--toolchain system`",
                requested.name()
            )));
        }
        (Some(toolchain), _) => Some(toolchain.clone()),
        (None, None) => None,
        (None, Some(ToolchainKind::Auto)) => Some(ToolchainChoice::Auto),
        (None, Some(ToolchainKind::System)) => Some(ToolchainChoice::System),
        (None, Some(ToolchainKind::Zig)) => Some(ToolchainChoice::Zig(None)),
    })
}

/// The targets of `--deny-skip`, checked against the requested ones.
pub fn denied(names: &[String], requested: &[RequestedTarget]) -> Result<Vec<String>, Failure> {
    if names.iter().any(|name| name == "all") {
        return Ok(requested.iter().map(RequestedTarget::name).collect());
    }
    for name in names {
        if requested.iter().any(|requested| requested.name() == *name) {
            continue;
        }
        let triple = name.split_once('.').map_or(name.as_str(), |(t, _)| t);
        return Err(Failure::Usage(match catalog::entry(triple) {
            Some(_) => format!("--deny-skip names {name}, which isn't asked for"),
            None => {
                let names: Vec<String> = requested.iter().map(RequestedTarget::name).collect();
                format!(
                    "--deny-skip: there is no target `{name}`{}",
                    suggest(name, names.iter().map(String::as_str))
                )
            }
        }));
    }
    Ok(names.to_vec())
}

#[cfg(test)]
mod tests {
    use super::{RequestedTarget, choose_toolchain, denied, from_group};
    use crate::process::command::Job;
    use crate::request::ToolchainKind;
    use snmalloc_toolchains::find::zig::ToolchainChoice;
    use snmalloc_toolchains::{FakeMachine, Group, Machine as _, Target};

    const HOST: &str = "x86_64-unknown-linux-gnu";

    fn requested(triple: &str, glibc: Option<&str>) -> RequestedTarget {
        RequestedTarget {
            toolchain: glibc.map(|version| ToolchainChoice::Zig(Some(version.to_owned()))),
            ..RequestedTarget::plain(Target::from_triple(triple).unwrap())
        }
    }

    #[test]
    fn groups_keep_catalog_order_with_the_host_first() {
        assert!(from_group(&[], false, HOST).is_empty());
        let all = from_group(&[], true, HOST);
        assert_eq!(all[0], HOST);
        assert_eq!(all.iter().filter(|name| **name == HOST).count(), 1);
        assert!(!all.contains(&"wasm32-wasip1"));
        let linux = from_group(&[Group::Linux], false, HOST);
        assert_eq!(linux[0], HOST);
        let some = from_group(&[Group::Musl, Group::Android], false, HOST);
        assert!(some.contains(&"aarch64-linux-android"));
        assert!(
            some.iter()
                .all(|n| n.contains("musl") || n.contains("android"))
        );
    }

    #[test]
    fn glibc_version_selects_zig_and_its_own_directory() {
        let mut job = Job {
            program: "cargo".to_owned(),
            args: Vec::new(),
            env: vec![("CARGO_TARGET_DIR".to_owned(), "/t/host-cc".to_owned())],
            cwd: "/".into(),
        };
        let old = requested(HOST, Some("2.17"));
        assert_eq!(old.name(), "x86_64-unknown-linux-gnu.2.17");
        assert!(!old.native(HOST) && requested(HOST, None).native(HOST));
        old.apply(&mut job);
        let variable = "SNMALLOC_TOOLCHAIN_x86_64_unknown_linux_gnu";
        assert_eq!(job.env[0].1, "/t/host-cc-zig2.17");
        assert_eq!(job.env[1], (variable.to_owned(), "zig:2.17".to_owned()));
        let machine = FakeMachine::new("linux", "x86_64");
        let seen = old.machine(&machine).var(variable);
        assert_eq!(seen.as_deref(), Some("zig:2.17"));
    }

    #[test]
    fn toolchain_choices_are_combined() {
        let plain = requested(HOST, None);
        let old = requested(HOST, Some("2.17"));
        assert_eq!(choose_toolchain(&plain, None).unwrap(), None);
        let zig = choose_toolchain(&plain, Some(ToolchainKind::Zig)).unwrap();
        assert_eq!(zig, Some(ToolchainChoice::Zig(None)));
        assert_eq!(
            choose_toolchain(&old, Some(ToolchainKind::Zig)).unwrap(),
            old.toolchain
        );
        assert!(choose_toolchain(&old, Some(ToolchainKind::System)).is_err());
    }

    #[test]
    fn deny_skip_accepts_only_requested_targets() {
        let requested = [
            requested(HOST, None),
            requested("i686-unknown-linux-gnu", None),
        ];
        let deny = |name: &str| denied(&[name.to_owned()], &requested);
        assert_eq!(deny("all").unwrap().len(), 2);
        assert_eq!(deny(HOST).unwrap(), [HOST]);
        for (name, expected) in [
            ("s390x-unknown-linux-gnu", "which isn't asked for"),
            (
                "i686-unknown-linux-gmu",
                "did you mean `i686-unknown-linux-gnu`",
            ),
        ] {
            let message = deny(name).unwrap_err().message().unwrap();
            assert!(message.contains(expected), "{message}");
        }
    }
}
