//! Properties that hold for any input: no panic, bounded time, quoting that its reader undoes,
//! no path outside a directory. `fuzz` searches for inputs that break one; `cargo test` checks
//! its seeds, and mutations of them.

mod machine;
mod outputs;
mod readers;
mod readers_of_words;
mod unpacking;
mod words;

pub use machine::{environment, source_properties, target_name, toolchain_file};
pub use outputs::{environment_output, results};
pub use readers::{archive, program, symbols};
pub use unpacking::unpack;
pub use words::{cxxflags, response_file, script};

/// A property of an input.
pub type Property = fn(&[u8]);

/// Every property, by the name of its fuzz target.
pub const ALL: [(&str, Property); 13] = [
    ("archive", archive),
    ("cxxflags", cxxflags),
    ("environment", environment),
    ("environment_output", environment_output),
    ("program", program),
    ("response_file", response_file),
    ("results", results),
    ("script", script),
    ("source_properties", source_properties),
    ("symbols", symbols),
    ("target_name", target_name),
    ("toolchain_file", toolchain_file),
    ("unpack", unpack),
];

/// The input as texts without NUL, which no argument and no variable can contain.
fn texts(data: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(data);
    text.split('\0').map(str::to_owned).collect()
}

#[cfg(test)]
mod tests;
