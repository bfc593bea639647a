//! `docker-bake.hcl`: every image, for BuildKit's bake, whose builders may be remote.

use std::fmt::Write as _;

use snmalloc_toolchains::Target;
use snmalloc_toolchains::catalog::{self, Image};

use xtask::images::base::DEFAULT;
use xtask::images::recipe::REPOSITORY;

/// Its path in the repository.
pub const FILE: &str = "docker/docker-bake.hcl";

/// Every image of a target, once, with its targets.
pub fn all() -> Vec<(Image, Vec<&'static str>)> {
    let mut all: Vec<(Image, Vec<&'static str>)> = Vec::new();
    for entry in catalog::ENTRIES {
        let target = Target::from_triple(entry.triple);
        let Some(image) = target.and_then(|target| catalog::image(&target)) else {
            continue;
        };
        match all.iter_mut().find(|(other, _)| *other == image) {
            Some((_, targets)) => targets.push(entry.triple),
            None => all.push((image, vec![entry.triple])),
        }
    }
    all.sort_by(|a, b| a.0.name.cmp(&b.0.name));
    all
}

/// Generates the file.
pub fn text() -> String {
    let images = all();
    let mut text = format!(
        "# Made by `cargo xtask tidy --fix` from the catalog of targets.\n\
         # From the root of the repository: docker buildx bake -f {FILE}\n\n\
         variable \"BASE\" {{\n  default = \"{DEFAULT}\"\n}}\n\n\
         variable \"REPOSITORY\" {{\n  default = \"{REPOSITORY}\"\n}}\n\n\
         variable \"TAG\" {{\n  default = \"latest\"\n}}\n\n\
         # Debian's archive as it was at a time, such as 20250520T000000Z.\n\
         variable \"SNAPSHOT\" {{\n  default = \"\"\n}}\n\n\
         group \"default\" {{\n  targets = [\n"
    );
    for (image, _) in &images {
        // Writing to a string doesn't fail.
        let _ = writeln!(text, "    \"{}\",", image.name);
    }
    text.push_str("  ]\n}\n");
    for (image, targets) in &images {
        let _ = write!(
            text,
            "\n# {}\ntarget \"{}\" {{\n  context = \"docker\"\n  dockerfile = \
             \"{}.Dockerfile\"\n  args = {{\n    BASE = BASE\n    SNAPSHOT = SNAPSHOT\n",
            targets.join(", "),
            image.name,
            image.family
        );
        for (name, value) in &image.args {
            let _ = writeln!(text, "    {name} = \"{value}\"");
        }
        let _ = write!(
            text,
            "  }}\n  tags = [\"${{REPOSITORY}}/{}:${{TAG}}\"]\n}}\n",
            image.name
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{all, text};

    #[test]
    fn every_image_is_in_the_file() {
        let text = text();
        for (image, targets) in all() {
            assert!(text.contains(&format!("target \"{}\" {{", image.name)));
            assert!(!targets.is_empty());
        }
        assert_eq!(text.matches('{').count(), text.matches('}').count());
    }
}
