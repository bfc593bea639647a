//! The features that other features of snmalloc-sys enable.

use std::fs;
use std::path::Path;

use anyhow::Context as _;

use xtask::failure::Failure;

/// The features that each feature enables.
pub struct Implied(toml::Table);

impl Implied {
    /// Reads snmalloc-sys's manifest.
    pub fn read(root: &Path) -> Result<Self, Failure> {
        let file = root.join("snmalloc-sys/Cargo.toml");
        let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        let manifest: toml::Table = text.parse().map_err(anyhow::Error::from)?;
        let features = manifest.get("features").and_then(toml::Value::as_table);
        Ok(Self(features.cloned().unwrap_or_default()))
    }

    /// `names`, and all features that they enable.
    pub fn with<'a>(&'a self, names: &[&'a str]) -> Vec<&'a str> {
        let mut all = names.to_vec();
        let mut at = 0;
        while let Some(name) = all.get(at) {
            let more = self.0.get(*name).and_then(toml::Value::as_array);
            let more = more.into_iter().flatten().filter_map(toml::Value::as_str);
            let fresh: Vec<&str> = more.filter(|name| !all.contains(name)).collect();
            all.extend(fresh);
            at += 1;
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::Implied;

    #[test]
    fn implied_features_follow_the_manifest() {
        let implied = Implied("a = ['b']\nb = ['c', 'a']\nc = []".parse().unwrap());
        assert_eq!(implied.with(&["d", "a"]), ["d", "a", "b", "c"]);
        let root = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
        let own = Implied::read(root).unwrap();
        assert!(own.with(&["override"]).contains(&"libc-api"));
    }
}
