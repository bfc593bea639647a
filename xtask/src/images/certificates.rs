//! The certificates of authorities that this machine trusts in addition to its distribution's:
//! in a network that uses such, downloads in a container fail without them.

use std::path::{Path, PathBuf};

use snmalloc_toolchains::Machine;

/// Directories in which distributions keep certificates that an administrator adds.
const DIRECTORIES: [&str; 3] = [
    "/usr/local/share/ca-certificates",
    "/etc/pki/ca-trust/source/anchors",
    "/etc/ca-certificates/trust-source/anchors",
];

/// Variables that name another bundle than the OS's.
const VARIABLES: [&str; 2] = ["SSL_CERT_FILE", "CURL_CA_BUNDLE"];

/// The bundles that distributions generate. Additions to them are also in [`DIRECTORIES`].
const SYSTEM: [&str; 3] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
];

/// The files, each with its name for an image.
pub fn on_machine(machine: &dyn Machine) -> Vec<(String, PathBuf)> {
    let mut files: Vec<PathBuf> = Vec::new();
    for dir in DIRECTORIES.map(Path::new) {
        files.extend(machine.list(dir).iter().map(|name| dir.join(name)));
    }
    let named = VARIABLES.iter().find_map(|name| machine.var(name));
    files.extend(
        named
            .filter(|file| !SYSTEM.contains(&file.as_str()))
            .map(PathBuf::from),
    );
    files.retain(|file| {
        let text = machine.read(file).unwrap_or_default();
        text.contains("-----BEGIN CERTIFICATE-----")
    });
    files
        .into_iter()
        .enumerate()
        .map(|(index, file)| (format!("machine-{index}.crt"), file))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::on_machine;
    use snmalloc_toolchains::FakeMachine;

    #[test]
    fn added_certificates_and_variables_are_found() {
        let pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        let machine = FakeMachine::new("linux", "x86_64")
            .with_file("/etc/ssl/certs/ca-certificates.crt", pem)
            .with_var("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt");
        assert!(on_machine(&machine).is_empty());
        let machine = machine
            .with_file("/usr/local/share/ca-certificates/office.crt", pem)
            .with_file("/usr/local/share/ca-certificates/README", "none")
            .with_file("/home/me/bundle.pem", pem)
            .with_var("SSL_CERT_FILE", "/home/me/bundle.pem");
        let found = on_machine(&machine);
        let names: Vec<_> = found.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["machine-0.crt", "machine-1.crt"]);
        assert!(found[1].1.ends_with("bundle.pem"));
    }
}
