// SPDX-License-Identifier: MIT
//! Groups of targets, which can be requested together.

use crate::Target;

/// A family of platforms; every supported target is in exactly one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Linux with glibc, and OpenHarmony.
    Linux,
    /// Linux with musl.
    Musl,
    /// Android.
    Android,
    /// Windows, of every C runtime.
    Windows,
    /// macOS, iOS and Apple's other platforms.
    Apple,
    /// The BSDs, and the smaller platforms: illumos, Solaris, Haiku.
    Bsd,
}

impl Group {
    /// Every group.
    pub const ALL: [Self; 6] = [
        Self::Linux,
        Self::Musl,
        Self::Android,
        Self::Windows,
        Self::Apple,
        Self::Bsd,
    ];

    /// The group's name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Linux => "linux",
            Self::Musl => "musl",
            Self::Android => "android",
            Self::Windows => "windows",
            Self::Apple => "apple",
            Self::Bsd => "bsd",
        }
    }

    /// The group of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|group| group.name() == name)
    }

    /// The group that contains `target`; `None` for platforms that snmalloc doesn't support.
    pub fn of(target: &Target) -> Option<Self> {
        Some(match (target.os.as_str(), target.env.as_str()) {
            ("linux", "musl") => Self::Musl,
            ("linux", _) => Self::Linux,
            ("android", _) => Self::Android,
            ("windows", _) => Self::Windows,
            _ if target.is_apple() => Self::Apple,
            (
                "freebsd" | "netbsd" | "openbsd" | "dragonfly" | "illumos" | "solaris" | "haiku",
                _,
            ) => Self::Bsd,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Group;
    use crate::{Target, catalog};

    #[test]
    fn every_supported_target_has_a_group_and_every_group_a_target() {
        let groups: Vec<Group> = catalog::ENTRIES
            .iter()
            .filter(|entry| entry.refused.is_none())
            .map(|entry| {
                let target = Target::from_triple(entry.triple).unwrap();
                Group::of(&target).unwrap_or_else(|| panic!("{}", entry.triple))
            })
            .collect();
        for group in Group::ALL {
            assert!(groups.contains(&group), "{}", group.name());
            assert_eq!(Group::named(group.name()), Some(group));
        }
        assert_eq!(Group::named("Linux"), None);
    }

    #[test]
    fn targets_are_grouped_by_os() {
        for (triple, expected) in [
            ("x86_64-unknown-linux-gnu", Some(Group::Linux)),
            ("armv7-unknown-linux-ohos", Some(Group::Linux)),
            ("armv7-unknown-linux-musleabihf", Some(Group::Musl)),
            ("thumbv7neon-linux-androideabi", Some(Group::Android)),
            ("x86_64-win7-windows-msvc", Some(Group::Windows)),
            ("aarch64-apple-ios-macabi", Some(Group::Apple)),
            ("x86_64-unknown-illumos", Some(Group::Bsd)),
            ("sparcv9-sun-solaris", Some(Group::Bsd)),
            ("i686-unknown-haiku", Some(Group::Bsd)),
            ("wasm32-wasip1", None),
        ] {
            let target = Target::from_triple(triple).unwrap();
            assert_eq!(Group::of(&target), expected, "{triple}");
        }
    }
}
