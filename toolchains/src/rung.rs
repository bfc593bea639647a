// SPDX-License-Identifier: MIT
//! The level of support that a target has reached: one ladder, one word for each rung.

/// A rung. Each except the first includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rung {
    /// The build fails with the reason, before a compiler runs.
    Refused,
    /// The compiler is found and the options are planned, on fake machines.
    Planned,
    /// CI compiles the C++ with the planned options.
    Compiled,
    /// CI links the example programs.
    Linked,
    /// CI runs the allocator's tests.
    Tested,
}

impl Rung {
    /// Every rung, the lowest first.
    pub const ALL: [Self; 5] = [
        Self::Refused,
        Self::Planned,
        Self::Compiled,
        Self::Linked,
        Self::Tested,
    ];

    /// The rung's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Planned => "planned",
            Self::Compiled => "compiled",
            Self::Linked => "linked",
            Self::Tested => "tested",
        }
    }

    /// The rung of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rung| rung.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::Rung;

    #[test]
    fn names_are_read_back_and_the_ladder_is_ordered() {
        for rung in Rung::ALL {
            assert_eq!(Rung::named(rung.name()), Some(rung));
        }
        assert!(Rung::ALL.is_sorted());
        assert_eq!(Rung::named("Tested"), None);
    }
}
