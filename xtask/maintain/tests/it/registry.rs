//! A registry on the loopback interface, with the features that cargo needs to resolve this
//! workspace and to publish. It takes other people's crates from cargo's own cache.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::support::{Run, root};

const TOKEN: &str = "a-token";

#[derive(Default)]
struct State {
    /// The lines of the index, by crate.
    index: BTreeMap<String, Vec<Value>>,
    /// The packages, by `NAME-VERSION`.
    packages: BTreeMap<String, Package>,
    uploads: Vec<String>,
    /// The crate whose uploads fail, if any.
    refused: Option<String>,
}

enum Package {
    Uploaded(Vec<u8>),
    Cached(PathBuf),
}

pub struct Registry {
    state: Arc<Mutex<State>>,
    port: u16,
    home: tempfile::TempDir,
}

impl Registry {
    /// Starts a registry with the packages of the workspace's lock file.
    pub fn start() -> Self {
        let mut state = State::default();
        state.take_cached(&root().join("Cargo.toml"));
        let state = Arc::new(Mutex::new(state));
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let served = Arc::clone(&state);
        // The thread ends with the tests' process.
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let served = Arc::clone(&served);
                thread::spawn(move || serve(&stream, port, &served));
            }
        });
        let home = tempfile::tempdir().expect("a directory");
        fs::write(
            home.path().join("config.toml"),
            format!(
                "[source.crates-io]\nreplace-with = \"loopback\"\n\n[registries.loopback]\nindex \
                 = \"sparse+http://127.0.0.1:{port}/index/\"\n"
            ),
        )
        .expect("a file");
        Self { state, port, home }
    }

    /// Runs the command with a separate cargo home, configured for this registry.
    pub fn given_to(&self, run: Run) -> Run {
        assert_ne!(self.port, 0);
        run.env("CARGO_HOME", self.home.path())
            .env("CARGO_REGISTRIES_LOOPBACK_TOKEN", TOKEN)
            .env("no_proxy", "127.0.0.1")
            .env("GITHUB_ACTIONS", "")
    }

    /// The uploaded packages, in order.
    pub fn uploads(&self) -> Vec<String> {
        self.state.lock().expect("no panic").uploads.clone()
    }

    /// Makes the uploads of a crate fail, or of none.
    pub fn refuse(&self, name: Option<&str>) {
        self.state.lock().expect("no panic").refused = name.map(str::to_owned);
    }
}

impl State {
    fn take_cached(&mut self, manifest: &Path) {
        let args = [
            "metadata",
            "--locked",
            "--all-features",
            "--format-version",
            "1",
        ];
        let ended = Run::cargo(&args)
            .end_with(&["--manifest-path", manifest.to_str().expect("UTF-8")])
            .expect_code(0);
        let metadata: Value = serde_json::from_str(&ended.stdout).expect("JSON");
        for package in metadata["packages"].as_array().expect("packages") {
            if package["source"].is_null() {
                continue;
            }
            let field = |key: &str| package[key].as_str().expect("a word");
            let id = format!("{}-{}", field("name"), field("version"));
            // The path is registry/src/REGISTRY/PACKAGE/Cargo.toml; registry/cache is next to src.
            let manifest = Path::new(field("manifest_path"));
            let dirs: Vec<&Path> = manifest.ancestors().collect();
            let registry = dirs[2].file_name().expect("a name");
            let cache = dirs[4].join("cache").join(registry);
            let file = cache.join(format!("{id}.crate"));
            let data = fs::read(&file).unwrap_or_else(|_| panic!("no {}", file.display()));
            let deps = package["dependencies"].as_array().expect("a list").iter();
            let deps = deps.map(|dep| {
                let renamed = dep["rename"].as_str();
                json!({
                    "name": renamed.or(dep["name"].as_str()),
                    "package": renamed.and(dep["name"].as_str()),
                    "req": dep["req"],
                    "features": dep["features"],
                    "optional": dep["optional"],
                    "default_features": dep["uses_default_features"],
                    "target": dep["target"],
                    "kind": dep["kind"].as_str().unwrap_or("normal"),
                })
            });
            let line = json!({ "deps": deps.collect::<Vec<_>>(), "links": package["links"] });
            self.add(line, package, field("version"), &data);
            self.packages.insert(id, Package::Cached(file));
        }
    }

    /// Completes `line` with the index fields of a package, and adds it to the index.
    fn add(&mut self, mut line: Value, package: &Value, version: &str, data: &[u8]) {
        let name = package["name"].as_str().expect("a name");
        let digest = Sha256::digest(data);
        let cksum: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        line["v"] = json!(2);
        line["name"] = json!(name);
        line["vers"] = json!(version);
        line["features"] = json!({});
        line["features2"] = package["features"].clone();
        line["cksum"] = json!(cksum);
        line["yanked"] = json!(false);
        self.index.entry(name.to_owned()).or_default().push(line);
    }

    /// Handles an upload: the metadata and the package, each after its length.
    fn upload(&mut self, body: &[u8]) -> Result<(), String> {
        let (metadata, rest) = lengthy(body);
        let (data, _) = lengthy(rest);
        let metadata: Value = serde_json::from_slice(metadata).expect("JSON");
        let field = |key: &str| metadata[key].as_str().expect("a word").to_owned();
        let (name, version) = (field("name"), field("vers"));
        let id = format!("{name}-{version}");
        if self.refused.as_ref() == Some(&name) {
            return Err(format!("{name} is refused, as the test wants"));
        }
        if self.packages.contains_key(&id) {
            return Err(format!("{id} is already uploaded"));
        }
        let mut deps = metadata["deps"].clone();
        for dep in deps.as_array_mut().expect("a list") {
            dep["req"] = dep["version_req"].clone();
            // The index has the manifest's name for the dependency, and the package's in `package`.
            if !dep["explicit_name_in_toml"].is_null() {
                dep["package"] = dep["name"].clone();
                dep["name"] = dep["explicit_name_in_toml"].clone();
            }
        }
        self.add(json!({ "deps": deps }), &metadata, &version, data);
        self.uploads.push(name);
        self.packages.insert(id, Package::Uploaded(data.to_vec()));
        Ok(())
    }

    fn file(&self, path: &str, port: u16) -> Option<Vec<u8>> {
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        match parts[..] {
            ["index", "config.json"] => {
                let here = format!("http://127.0.0.1:{port}");
                let config = json!({ "dl": format!("{here}/dl"), "api": here });
                Some(config.to_string().into_bytes())
            }
            ["index", .., name] => {
                let lines = self.index.get(name)?.iter().map(|line| format!("{line}\n"));
                Some(lines.collect::<String>().into_bytes())
            }
            ["dl", name, version, "download"] => {
                match self.packages.get(&format!("{name}-{version}"))? {
                    Package::Uploaded(data) => Some(data.clone()),
                    Package::Cached(file) => fs::read(file).ok(),
                }
            }
            _ => None,
        }
    }
}

/// Splits off the part after a length of four bytes; returns it and the rest.
fn lengthy(data: &[u8]) -> (&[u8], &[u8]) {
    let (length, rest) = data.split_at(4);
    let length = u32::from_le_bytes(length.try_into().expect("four bytes"));
    rest.split_at(usize::try_from(length).expect("it is in memory"))
}

fn serve(stream: &TcpStream, port: u16, state: &Mutex<State>) {
    let mut reader = BufReader::new(stream);
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        match reader.read_line(&mut line) {
            Ok(1..) if !line.trim().is_empty() => head.push(line.trim().to_owned()),
            _ => break,
        }
    }
    let header = |name: &str| {
        let named = |line: &&String| {
            let (other, _) = line.split_once(':').unwrap_or_default();
            other.eq_ignore_ascii_case(name)
        };
        let line = head.iter().skip(1).find(named)?;
        line.split_once(':').map(|(_, value)| value.trim())
    };
    let mut out = stream;
    if header("expect").is_some() {
        let _ = out.write_all(b"HTTP/1.1 100 Continue\r\n\r\n");
    }
    let length = header("content-length").and_then(|length| length.parse().ok());
    let mut body = vec![0; length.unwrap_or_default()];
    if reader.read_exact(&mut body).is_err() {
        return;
    }
    let first = head.first().cloned().unwrap_or_default();
    let parts: Vec<&str> = first.split(' ').collect();
    let mut state = state.lock().expect("no panic");
    let (status, data) = match parts[..] {
        ["GET", path, _] => match state.file(path, port) {
            Some(data) => ("200 OK", data),
            None => ("404 Not Found", Vec::new()),
        },
        ["PUT", "/api/v1/crates/new", _] if header("authorization") == Some(TOKEN) => {
            match state.upload(&body) {
                Ok(()) => ("200 OK", b"{}".to_vec()),
                Err(why) => {
                    let body = json!({ "errors": [{ "detail": why }] });
                    ("403 Forbidden", body.to_string().into_bytes())
                }
            }
        }
        _ => ("403 Forbidden", Vec::new()),
    };
    let length = data.len();
    let head =
        format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    let _ = out.write_all(head.as_bytes());
    let _ = out.write_all(&data);
}
