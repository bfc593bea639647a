//! `cargo xtask image`.

use crate::cli::ImageCommand;
use crate::context::Context;
use crate::failure::Failure;
use crate::{image, select};

pub fn run(command: &ImageCommand, context: &Context) -> Result<(), Failure> {
    let ImageCommand::Build(args) = command else {
        return Err(Failure::Failed("not written yet".to_owned()));
    };
    let engine = image::engine(args.choice.engine, context)?;
    for wanted in select::wanted(&args.choice.select, None, context)? {
        println!("{}", image::ensure(&wanted.target, &engine, context)?);
    }
    Ok(())
}
