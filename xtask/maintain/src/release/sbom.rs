//! The bill of materials in CycloneDX 1.6: every crate that the published ones depend on,
//! and the C++ source in them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context as _, Result};
use cargo_metadata::{CargoOpt, DependencyKind, Metadata, MetadataCommand, Package, PackageId};
use serde_json::{Value, json};

use crate::release::lock::{self, Locked};
use crate::release::{Crate, PUBLISHED, sha256};

/// The bill for `packages`, which were made from `tree` at `time` (seconds since 1970).
///
/// # Errors
/// cargo can't resolve the dependencies, or one of them has no licence.
pub fn make(tree: &Path, packages: &[Crate], time: u64) -> Result<String> {
    let metadata = MetadataCommand::new()
        .manifest_path(tree.join("Cargo.toml"))
        .features(CargoOpt::AllFeatures)
        .other_options(["--locked".to_owned()])
        .exec()?;
    let scopes = scopes(&metadata)?;
    let locked = lock::read(&tree.join("Cargo.lock"))?;
    let source = lock::source(tree)?;
    let mut components = Vec::new();
    let mut dependencies = Vec::new();
    for (id, scope) in &scopes {
        let package = &metadata[id];
        let own = packages.iter().find(|own| own.name == *package.name);
        let checksum = own
            .map(|own| &own.sha256)
            .or_else(|| checksum(&locked, package))
            .with_context(|| format!("no checksum of {} {}", package.name, package.version))?;
        components.push(component(package, checksum, scope)?);
        let mut on = needs(&metadata, id);
        if *package.name == "snmalloc-sys" {
            on.insert(source_purl(&source));
        }
        dependencies.push(json!({ "ref": purl(package), "dependsOn": on }));
    }
    components.push(cxx(&source)?);
    dependencies.push(json!({ "ref": source_purl(&source), "dependsOn": [] }));
    components.sort_by_key(|component| component["bom-ref"].to_string());
    dependencies.sort_by_key(|dependency| dependency["ref"].to_string());
    // The last package depends on all the others.
    let main = components
        .iter()
        .find(|component| component["name"] == PUBLISHED[2])
        .context("the last package is a component")?
        .clone();
    components.retain(|component| component["bom-ref"] != main["bom-ref"]);
    let mut bill = json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": humantime::format_rfc3339_seconds(
                std::time::UNIX_EPOCH + std::time::Duration::from_secs(time)
            ).to_string(),
            "tools": { "components": [{
                "type": "application",
                "name": "xtask",
                "version": env!("CARGO_PKG_VERSION"),
            }] },
            "component": main,
        },
        "components": components,
        "dependencies": dependencies,
    });
    bill["serialNumber"] = json!(serial_number(&bill));
    Ok(serde_json::to_string_pretty(&bill)? + "\n")
}

/// Why a package is needed, from most to least, in CycloneDX's terms.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    Required,
    /// Only with one of our features.
    Optional,
    /// Only for our tests.
    Excluded,
}

impl Scope {
    const ALL: [Self; 3] = [Self::Required, Self::Optional, Self::Excluded];

    fn name(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::Optional => "optional",
            Self::Excluded => "excluded",
        }
    }
}

/// Every package that the published ones need, with its scope.
fn scopes(metadata: &Metadata) -> Result<BTreeMap<PackageId, &'static str>> {
    let own: Vec<PackageId> = PUBLISHED
        .iter()
        .map(|name| {
            let mut members = metadata.workspace_packages().into_iter();
            let found = members.find(|package| *package.name == *name);
            let found = found.with_context(|| format!("the workspace has no package {name}"))?;
            Ok(found.id.clone())
        })
        .collect::<Result<_>>()?;
    let mut scopes = BTreeMap::new();
    // Start with the required packages: a later pass doesn't lower a scope.
    for scope in Scope::ALL {
        let mut seen = BTreeSet::new();
        let mut left = own.clone();
        while let Some(id) = left.pop() {
            if seen.insert(id.clone()) {
                left.extend(edges(metadata, &id, scope));
                scopes.entry(id).or_insert(scope.name());
            }
        }
    }
    Ok(scopes)
}

/// The dependencies of a package that count in `scope`. For other people's crates, these are
/// all but the dev-dependencies: their tests don't run, and their features are resolved.
fn edges(metadata: &Metadata, id: &PackageId, scope: Scope) -> Vec<PackageId> {
    let own = PUBLISHED.contains(&metadata[id].name.as_str());
    let nodes = metadata.resolve.iter().flat_map(|resolve| &resolve.nodes);
    let deps = nodes
        .filter(|node| node.id == *id)
        .flat_map(|node| &node.deps);
    let requested = |kind: DependencyKind, to: &PackageId| {
        let optional = metadata[id]
            .dependencies
            .iter()
            .any(|dep| dep.kind == kind && dep.optional && *dep.name == *metadata[to].name);
        match (own, kind) {
            (_, DependencyKind::Development) => own && scope == Scope::Excluded,
            (true, _) if optional => scope != Scope::Required,
            _ => true,
        }
    };
    // The registry's snmalloc-sys is only the C++ source; `cxx` describes it.
    let is_source = |id: &PackageId| {
        let package = &metadata[id];
        package.source.is_some() && PUBLISHED.contains(&package.name.as_str())
    };
    deps.filter(|dep| !is_source(&dep.pkg))
        .filter(|dep| {
            dep.dep_kinds
                .iter()
                .any(|kind| requested(kind.kind, &dep.pkg))
        })
        .map(|dep| dep.pkg.clone())
        .collect()
}

fn needs(metadata: &Metadata, id: &PackageId) -> BTreeSet<String> {
    let all = edges(metadata, id, Scope::Excluded);
    all.iter().map(|on| purl(&metadata[on])).collect()
}

fn checksum<'a>(locked: &'a [Locked], package: &Package) -> Option<&'a String> {
    locked
        .iter()
        .find(|lock| lock.name == *package.name && lock.version == package.version.to_string())?
        .checksum
        .as_ref()
}

fn component(package: &Package, checksum: &str, scope: &str) -> Result<Value> {
    let licence = package
        .license
        .as_ref()
        .with_context(|| format!("{} names no licence", package.name))?;
    let mut component = json!({
        "type": "library",
        "bom-ref": purl(package),
        "name": *package.name,
        "version": package.version.to_string(),
        "scope": scope,
        "hashes": [{ "alg": "SHA-256", "content": checksum }],
        "licenses": licences(licence),
        "purl": purl(package),
    });
    if let Some(text) = &package.description {
        component["description"] = json!(text.trim());
    }
    if let Some(url) = &package.repository {
        component["externalReferences"] = json!([{ "type": "vcs", "url": url }]);
    }
    Ok(component)
}

/// The C++ source, with the name and hash of its locked package.
fn cxx(source: &Locked) -> Result<Value> {
    let checksum = source.checksum.as_ref().context("it is locked with one")?;
    Ok(json!({
        "type": "library",
        "bom-ref": source_purl(source),
        "group": "microsoft",
        "name": "snmalloc",
        "version": source.version,
        "description": format!(
            "snmalloc's C++ source, in upstream/ of snmalloc-sys; taken from the package {} {}, \
             whose hash this is",
            source.name, source.version
        ),
        "scope": "required",
        "hashes": [{ "alg": "SHA-256", "content": checksum }],
        "licenses": licences("MIT"),
        "purl": source_purl(source),
        "externalReferences": [
            { "type": "vcs", "url": "https://github.com/microsoft/snmalloc" }
        ],
    }))
}

/// An SPDX expression; some older crates write `/` for `OR`.
fn licences(expression: &str) -> Value {
    if expression.contains([' ', '/']) {
        let args: Vec<&str> = expression.split('/').map(str::trim).collect();
        json!([{ "expression": args.join(" OR ") }])
    } else {
        json!([{ "license": { "id": expression } }])
    }
}

fn purl(package: &Package) -> String {
    format!("pkg:cargo/{}@{}", package.name, package.version)
}

fn source_purl(source: &Locked) -> String {
    format!("pkg:cargo/{}@{}#upstream", source.name, source.version)
}

/// A UUID (version 8) from the bill's contents: the same bill has the same UUID.
fn serial_number(bill: &Value) -> String {
    let hash = sha256(bill.to_string().as_bytes());
    let part = |from: usize, to: usize| &hash[from..to];
    format!(
        "urn:uuid:{}-{}-8{}-8{}-{}",
        part(0, 8),
        part(8, 12),
        part(12, 15),
        part(15, 18),
        part(18, 30)
    )
}

#[cfg(test)]
mod tests {
    use super::{licences, serial_number};
    use serde_json::json;

    #[test]
    fn licences_are_ids_or_expressions() {
        assert_eq!(licences("MIT"), json!([{ "license": { "id": "MIT" } }]));
        for old_or_new in ["MIT/Apache-2.0", "MIT OR Apache-2.0"] {
            let expected = json!([{ "expression": "MIT OR Apache-2.0" }]);
            assert_eq!(licences(old_or_new), expected);
        }
    }

    #[test]
    fn serial_number_depends_on_the_contents() {
        let [one, two] = [json!({ "a": 1 }), json!({ "a": 2 })].map(|bill| serial_number(&bill));
        assert_ne!(one, two);
        assert_eq!(one.len(), "urn:uuid:".len() + 36);
        assert_eq!(one.as_bytes()[9 + 14], b'8', "{one}");
    }
}
