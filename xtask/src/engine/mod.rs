//! The engines that run jobs.

pub mod client;
pub mod container;
pub mod cross;
pub mod diagnose;
mod host;
mod info;
mod prepare;
mod row;
mod run;

use self::container::{ContainerResult, Containers};
use self::cross::Cross;
use self::host::Host;
pub use self::run::{Builders, EngineRun, results};
use crate::context::Context;
use crate::failure::Failure;
use crate::plan::targets::RequestedTarget;
use crate::report::{Row, Status};
use crate::request::{BuildRequest, EngineKind};

/// Runs a command for every requested target in the requested engine.
///
/// # Errors
/// No target could be run, for a reason that concerns all of them.
pub fn rows(
    engine_run: &EngineRun,
    request: &BuildRequest,
    requested: &[RequestedTarget],
    context: &Context,
) -> Result<Vec<Row>, Failure> {
    match request.engine.kind {
        EngineKind::Host => {
            let mut rows = results(&Host::new(engine_run, request, context), requested)?;
            if request.engine.inside.is_some() {
                inside(&mut rows);
            }
            Ok(rows)
        }
        EngineKind::Cross => results(&Cross::find(engine_run, request, context)?, requested),
        EngineKind::Container | EngineKind::Docker | EngineKind::Podman => {
            let containers = Containers::find(engine_run.verb, engine_run.last, request, context)?;
            let results = results(&containers, requested)?;
            let rows: Vec<Vec<Row>> = results
                .into_iter()
                .map(ContainerResult::rows)
                .collect::<Result<_, _>>()?;
            Ok(rows.concat())
        }
    }
}

/// Refuses the flags of containers if none is used.
pub fn check_engine_args(request: &BuildRequest) -> Result<(), Failure> {
    let engine = &request.engine;
    let containers = [
        ("--image", engine.image.is_some()),
        ("--memory", engine.memory.is_some()),
        ("--cpus", engine.cpus.is_some()),
        ("--clean", engine.clean),
    ];
    match containers.iter().find(|(_, given)| *given) {
        Some((flag, _)) if engine.kind == EngineKind::Host => Err(Failure::Usage(format!(
            "{flag} is for containers: give `--engine container` or `--engine cross` too"
        ))),
        _ => Ok(()),
    }
}

/// Marks rows as run in a container, and adds a note if it ran out of memory.
fn inside(rows: &mut [Row]) {
    // cgroup v2, then cgroup v1.
    let files = [
        "/sys/fs/cgroup/memory.events",
        "/sys/fs/cgroup/memory/memory.oom_control",
    ];
    let events = files
        .iter()
        .find_map(|file| std::fs::read_to_string(file).ok());
    let killed = events.is_some_and(|events| diagnose::oom_killed(&events));
    for row in rows {
        row.engine = EngineKind::Container.name();
        if let (true, Status::Failed, Some(reason)) = (killed, row.status, &mut row.reason) {
            if !reason.is_empty() {
                reason.push_str("; ");
            }
            reason.push_str(
                "the container ran out of memory: --memory sets what it may use, --jobs what it \
                 needs",
            );
        }
    }
}
