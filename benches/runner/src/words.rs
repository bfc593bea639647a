//! Formats numbers for people.

use std::time::Duration;

/// A time per iteration.
pub fn time(nanoseconds: f64) -> String {
    let (value, unit) = match nanoseconds {
        ns if ns < 1e3 => (ns, "ns"),
        ns if ns < 1e6 => (ns / 1e3, "µs"),
        ns if ns < 1e9 => (ns / 1e6, "ms"),
        ns => (ns / 1e9, "s"),
    };
    format!("{} {unit}", three_digits(value))
}

/// An amount of memory.
pub fn bytes(bytes: f64) -> String {
    const KIB: f64 = 1024.0;
    let (value, unit) = match bytes {
        b if b < KIB => (b, "B"),
        b if b < KIB * KIB => (b / KIB, "KiB"),
        b if b < KIB * KIB * KIB => (b / KIB / KIB, "MiB"),
        b => (b / KIB / KIB / KIB, "GiB"),
    };
    format!("{} {unit}", three_digits(value))
}

/// A factor.
pub fn factor(ratio: f64) -> String {
    match ratio {
        r if r < 0.095 => format!("{r:.3}"),
        r if r < 9.95 => format!("{r:.2}"),
        r if r < 99.5 => format!("{r:.1}"),
        r => format!("{r:.0}"),
    }
}

/// A percentage.
pub fn percent(part: f64) -> String {
    format!("{:.0} %", part * 100.0)
}

fn three_digits(value: f64) -> String {
    match value {
        v if v < 9.995 => format!("{v:.2}"),
        v if v < 99.95 => format!("{v:.1}"),
        v => format!("{v:.0}"),
    }
}

/// The remaining time of `all`, extrapolated from the time so far; empty if it is too early,
/// or if it rounds to 0 s.
pub fn time_left(elapsed: Duration, done: usize, all: usize) -> String {
    // The first few may all be of one kind.
    if done < 8 {
        return String::new();
    }
    let left = elapsed.as_secs_f64() / done as f64 * all.saturating_sub(done) as f64;
    match left.round() as u64 {
        0 => String::new(),
        seconds if seconds < 90 => format!(", {seconds} s left"),
        seconds => format!(", {} min left", seconds.div_ceil(60)),
    }
}

#[cfg(test)]
mod tests {
    use super::{bytes, factor, percent, time, time_left};
    use std::time::Duration;

    #[test]
    fn numbers_have_three_digits_and_a_unit() {
        for (ns, text) in [
            (0.0, "0.00 ns"),
            (5.123, "5.12 ns"),
            (999.4, "999 ns"),
            (12_345.0, "12.3 µs"),
            (9_996_000.0, "10.0 ms"),
            (2.5e9, "2.50 s"),
        ] {
            assert_eq!(time(ns), text);
        }
        assert_eq!(bytes(512.0), "512 B");
        assert_eq!(bytes(2.5 * 1024.0 * 1024.0), "2.50 MiB");
        assert_eq!(
            [0.0123, 0.5, 1.0, 12.34, 143.2].map(factor),
            ["0.012", "0.50", "1.00", "12.3", "143"]
        );
        assert_eq!(percent(0.034), "3 %");
    }

    #[test]
    fn what_is_left_is_told_when_it_can_be() {
        let minute = Duration::from_secs(60);
        assert_eq!(time_left(minute, 2, 20), "");
        assert_eq!(time_left(minute, 10, 20), ", 60 s left");
        assert_eq!(time_left(minute, 10, 31), ", 3 min left");
        assert_eq!(time_left(minute, 20, 20), "");
    }
}
