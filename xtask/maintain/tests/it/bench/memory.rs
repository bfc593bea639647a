//! `--memory`.

use std::fs;

use super::{bench, dir, document};

/// Called by the test that builds the programs.
pub fn is_measured() {
    let page = dir().join("memory.html");
    let page_name = page.display().to_string();
    let programs = "scratch-grown-600k,burst-slow-frees";
    let ended = bench(&[
        "--memory",
        "--only",
        programs,
        "--against",
        "system",
        "--html",
        &page_name,
    ])
    .end()
    .expect_code(0)
    .expect_error(&["peak resident memory", "resident 2 s after the work"]);
    let report = document(&ended);
    assert_eq!(report["workloads"].as_array().map(Vec::len), Some(0));
    let rows = report["memory"].as_array().expect("a list");
    assert_eq!(rows.len(), 2);
    for row in rows {
        for name in ["ours", "system"] {
            let sample = &row["results"][name];
            let figure = |name: &str| sample[name].as_f64().expect(name);
            // The programs hold at least this much themselves.
            assert!(figure("live_bytes") > 30e6, "{sample}");
            assert!(figure("peak_rss_bytes") > figure("live_bytes"), "{sample}");
            assert!(
                figure("minor_faults") > figure("live_bytes") / 2e6,
                "{sample}"
            );
            let points = sample["points"].as_array().expect("a list");
            let idle = points.iter().find(|it| it["name"] == "idle-2");
            let idle = idle.expect("it rests")["rss_bytes"]
                .as_f64()
                .expect("a number");
            assert!(idle > figure("held_bytes"), "{sample}");
            assert!(idle <= figure("peak_rss_bytes"), "{sample}");
        }
    }
    let page = fs::read_to_string(page).expect("a page");
    assert!(page.contains("Memory of programs") && page.contains("burst-slow-frees"));
}
