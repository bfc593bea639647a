//! Statistics over several runs.

use serde::{Deserialize, Serialize};

/// The summary of several measurements.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stat {
    pub median: f64,
    /// The median absolute deviation.
    pub mad: f64,
    pub min: f64,
    pub max: f64,
}

impl Stat {
    /// Summarizes the values; none if there are no values.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let values = sorted(values);
        let middle = median(&values)?;
        let distances = sorted(values.iter().map(|value| (value - middle).abs()));
        Some(Self {
            median: middle,
            mad: median(&distances)?,
            min: *values.first()?,
            max: *values.last()?,
        })
    }

    /// The noise, relative to the median; 0 if the median is 0.
    pub fn spread(&self) -> f64 {
        ratio(self.mad, self.median).unwrap_or(0.0)
    }
}

fn sorted(values: impl IntoIterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values
}

fn median(sorted: &[f64]) -> Option<f64> {
    let upper = sorted.len() / 2;
    let high = sorted.get(upper)?;
    if sorted.len() % 2 == 1 {
        return Some(*high);
    }
    Some(f64::midpoint(sorted[upper - 1], *high))
}

/// The median of the values.
pub fn median_of(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    median(&sorted(values))
}

/// `a / b`, if that is a meaningful number.
pub fn ratio(a: f64, b: f64) -> Option<f64> {
    (a >= 0.0 && b > 0.0).then(|| a / b)
}

/// The geometric mean of the positive ratios.
pub fn geometric_mean(ratios: impl IntoIterator<Item = f64>) -> Option<f64> {
    let logs: Vec<f64> = ratios
        .into_iter()
        .filter(|ratio| *ratio > 0.0)
        .map(f64::ln)
        .collect();
    let count = logs.len() as f64;
    (!logs.is_empty()).then(|| (logs.iter().sum::<f64>() / count).exp())
}

#[cfg(test)]
mod tests {
    use super::{Stat, geometric_mean, median_of, ratio};

    #[test]
    fn medians_and_spreads() {
        for (values, median, mad) in [
            (vec![3.0], 3.0, 0.0),
            (vec![1.0, 9.0, 2.0], 2.0, 1.0),
            (vec![4.0, 1.0, 2.0, 100.0], 3.0, 1.5),
            (vec![5.0, 5.0, 5.0, 50.0, 0.5], 5.0, 0.0),
        ] {
            let stat = Stat::of(values.iter().copied()).expect("values");
            assert_eq!((stat.median, stat.mad), (median, mad), "{values:?}");
            assert_eq!(median_of(values.iter().copied()), Some(median));
            assert!(values.contains(&stat.min) && values.contains(&stat.max));
            assert!(stat.min <= median && median <= stat.max);
            assert_eq!(stat.spread(), mad / median);
        }
        assert_eq!(Stat::of([]), None);
        assert_eq!(Stat::of([0.0, 0.0]).expect("values").spread(), 0.0);
    }

    #[test]
    fn ratios_and_their_mean() {
        assert_eq!(ratio(3.0, 2.0), Some(1.5));
        assert_eq!(ratio(3.0, 0.0), None);
        assert_eq!(ratio(f64::NAN, 1.0), None);
        for (ratios, mean) in [
            (vec![4.0, 0.25], Some(1.0)),
            (vec![2.0, 8.0], Some(4.0)),
            // A measurement of 0 is ignored.
            (vec![3.0, 0.0], Some(3.0)),
            (vec![], None),
        ] {
            let found = geometric_mean(ratios.iter().copied());
            match (found, mean) {
                (Some(found), Some(mean)) => assert!((found - mean).abs() < 1e-9, "{ratios:?}"),
                _ => assert_eq!(found, mean, "{ratios:?}"),
            }
        }
    }
}
