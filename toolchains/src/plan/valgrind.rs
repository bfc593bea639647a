// SPDX-License-Identifier: MIT
//! Feature `valgrind`: needs the headers of the client requests.

use super::features::refuses;
use super::{Inputs, List};
use crate::{Error, Family, FeatureId, Machine, Need, install_command, user_flags};

const HEADER: &str = "valgrind/memcheck.h";

pub(super) fn client_requests(
    inputs: &Inputs<'_>,
    machine: &dyn Machine,
    list: &mut List,
) -> Result<(), Error> {
    if !inputs.features.has(FeatureId::Valgrind) {
        return Ok(());
    }
    let crossing = inputs.target.triple != inputs.host;
    let (compiler, target) = (inputs.compiler, inputs.target);
    let own = user_flags::from_env(compiler, target, crossing, inputs.features, machine);
    let mut flags: Vec<&str> = own.kept.iter().map(String::as_str).collect();
    flags.extend(["-include", HEADER]);
    // Valgrind has no port to Windows, nor requests in the syntax of its compilers.
    if inputs.probes.family == Family::Msvc || refuses(inputs, machine, &flags) {
        let missing = Error::new("feature valgrind needs valgrind's headers")
            .searched(format!("{HEADER}, by `{}`", compiler.command()));
        let missing = match install_command(machine, &Need::Valgrind).filter(|_| !crossing) {
            Some(line) => missing.fix(line),
            None => missing,
        };
        return Err(missing
            .fix(format!(
                "add -I and the directory that holds {HEADER} to CXXFLAGS"
            ))
            .fix("turn feature valgrind off"));
    }
    list.define("SNMALLOC_RS_VALGRIND");
    Ok(())
}
