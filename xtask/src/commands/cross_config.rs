//! `cargo xtask cross-config`: for projects that use `cross` but not xtask.

use crate::cli::CrossConfigArgs;
use crate::context::Context;
use crate::engine::client;
use crate::engine::cross::config::{self, TargetConfig};
use crate::failure::Failure;
use crate::images;
use crate::plan::resolve;

pub fn run(args: &CrossConfigArgs, context: &Context) -> Result<(), Failure> {
    let mut configs = Vec::new();
    for name in &args.target {
        let target = resolve::target(name, context)?;
        let toolchain = config::toolchain(&target, context.host)?;
        let image = match &args.image {
            Some(image) => image.clone(),
            None => {
                let engine = client::choose(None, context)?;
                images::ensure(&target, &engine, context)?
            }
        };
        configs.push(TargetConfig {
            triple: target.triple.clone(),
            image,
            variables: config::variables(&target, &toolchain),
        });
    }
    print!("{}", config::text(&configs));
    Ok(())
}
