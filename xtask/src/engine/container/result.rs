//! The result of a container.

use anyhow::Context as _;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::failure::Failure;
use crate::report::{Report, Row, Status};

/// The result for one target.
pub enum ContainerResult {
    /// A row, if no container reported on the target.
    Row(Box<Row>),
    /// A container's report, and whether something missing there is an error.
    Document { value: Value, missing: bool },
}

impl From<Row> for ContainerResult {
    fn from(row: Row) -> Self {
        Self::Row(Box::new(row))
    }
}

impl ContainerResult {
    /// Returns the report as `D`, or the row that replaces it.
    pub fn document<D: DeserializeOwned>(self) -> Result<Result<D, Row>, Failure> {
        match self {
            Self::Row(row) => Ok(Err(*row)),
            Self::Document { value, .. } => {
                let read = serde_json::from_value(value);
                Ok(Ok(read.context("the report from the container")?))
            }
        }
    }

    pub fn rows(self) -> Result<Vec<Row>, Failure> {
        let is_missing = matches!(&self, Self::Document { missing: true, .. });
        match self.document::<Report>()? {
            Ok(report) => {
                let mut rows = report.results;
                for row in &mut rows {
                    row.missing = is_missing && row.status == Status::Skipped;
                }
                Ok(rows)
            }
            Err(row) => Ok(vec![row]),
        }
    }

    /// Removes the paths of files that no longer exist.
    pub fn without_files(mut self) -> Self {
        if let Self::Document { value, .. } = &mut self {
            let rows = value.get_mut("results").and_then(Value::as_array_mut);
            let rows = rows.into_iter().flatten();
            for row in rows.filter_map(Value::as_object_mut) {
                if row.contains_key("artifact") {
                    row.insert("artifact".to_owned(), Value::Null);
                    row.insert("programs".to_owned(), Value::Array(Vec::new()));
                }
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::ContainerResult;

    #[test]
    fn missing_tool_in_a_container_is_reported_as_missing() {
        let row = serde_json::json!({
            "target": "a", "builder": "cc", "engine": "container", "std": null, "runner": null,
            "status": "skipped", "reason": "no", "seconds": 0.5, "tests": null,
            "artifact": "/o/x.a", "programs": ["/o/p"],
        });
        let result = |missing| ContainerResult::Document {
            value: serde_json::json!({ "results": [row] }),
            missing,
        };
        for missing in [true, false] {
            let rows = result(missing).rows().unwrap();
            assert_eq!(rows[0].missing, missing);
            assert_eq!((rows[0].builder, rows[0].engine), (Some("cc"), "container"));
            assert_eq!(rows[0].programs.len(), 1);
        }
        for value in [serde_json::json!([]), serde_json::json!({"results": 1})] {
            let missing = false;
            let other = ContainerResult::Document { value, missing };
            assert!(other.without_files().rows().is_err());
        }
        let rows = result(false).without_files().rows().unwrap();
        assert!(rows[0].artifact.is_none() && rows[0].programs.is_empty());
    }
}
