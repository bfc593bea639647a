//! The allocators, workloads and programs to choose from.

use snmalloc_bench_protocol::{CRATE_PROGRAMS, PROGRAMS, WORKLOADS};

use crate::variants::{OTHERS, OURS, OURS_LTO};

/// All of them, one per line.
pub fn text() -> String {
    let mut text = String::from("allocators:\n");
    for variant in [&OURS, &OURS_LTO].into_iter().chain(&OTHERS) {
        text.push_str(&format!("  {:18} {}\n", variant.name, variant.about));
    }
    text.push_str("workloads:\n");
    for workload in WORKLOADS {
        text.push_str(&format!("  {:18} {}\n", workload.name, workload.about));
    }
    text.push_str("programs (--programs):\n");
    for program in CRATE_PROGRAMS {
        text.push_str(&format!("  {:18} {}\n", program.name, program.about));
    }
    text.push_str("memory programs (--memory):\n");
    for program in PROGRAMS {
        text.push_str(&format!("  {:18} {}\n", program.name, program.about));
    }
    text
}
