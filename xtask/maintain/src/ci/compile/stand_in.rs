//! Stand-ins for SDKs that cannot be installed here, made from zig's headers. They have the
//! layout of the real SDKs, so that the look-up and the plan are the same. A row that was
//! compiled with one is marked: it shows that our code compiles, not that the SDK works.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use snmalloc_toolchains::{Machine, Overlay, Target, find};

use xtask::context::Context;
use xtask::failure::Failure;
use xtask::runners::write_program;

/// Apple's SDKs by `xcrun`'s names, and whether `mach/mach_vm.h` is usable in each.
const APPLE: [(&str, bool); 9] = [
    ("macosx", true),
    ("iphoneos", false),
    ("iphonesimulator", false),
    ("appletvos", false),
    ("appletvsimulator", false),
    ("watchos", false),
    ("watchsimulator", false),
    ("xros", false),
    ("xrsimulator", false),
];

/// The NDK's names for compilers, and musl's for the CPU.
const ANDROID: [(&str, &str); 4] = [
    ("aarch64-linux-android", "aarch64"),
    ("armv7a-linux-androideabi", "arm"),
    ("i686-linux-android", "x86"),
    ("x86_64-linux-android", "x86_64"),
];

/// The oldest API level that Rust's std runs on.
const LEVEL: u32 = 21;

/// The directory of the stand-in SDKs; none without zig.
pub struct StandIns {
    dir: Option<PathBuf>,
}

impl StandIns {
    /// Makes the SDKs, replacing those of an earlier run.
    pub fn make(context: &Context) -> Result<Self, Failure> {
        let Some(zig) = zig(context) else {
            return Ok(Self { dir: None });
        };
        let dir = context.target_dir().join("stand-ins");
        if dir.exists() {
            fs::remove_dir_all(&dir).with_context(|| dir.display().to_string())?;
        }
        let maker = Maker { dir: &dir, zig };
        maker.apple(&context.root)?;
        maker.android()?;
        maker.ohos()?;
        Ok(Self { dir: Some(dir) })
    }

    /// This machine with the stand-in SDK for `target`, and the name of its headers.
    pub fn machine<'a>(
        &self,
        target: &Target,
        base: &'a dyn Machine,
    ) -> Option<(Overlay<'a>, &'static str)> {
        let dir = self.dir.as_ref()?;
        let path = |name: &str| dir.join(name).display().to_string();
        let (os, vars, name) = match (target.os.as_str(), target.env.as_str()) {
            ("android", _) => (
                None,
                vec![("ANDROID_NDK", path("android"))],
                "zig's clang; musl's headers stand in for bionic's",
            ),
            ("linux", "ohos") => (
                None,
                vec![("OHOS_NDK_HOME", path(&format!("ohos-{}", target.arch)))],
                "zig's clang; musl's headers stand in for OpenHarmony's",
            ),
            _ if target.is_apple() => (
                Some("macos"),
                vec![("PATH", path("apple"))],
                "zig's clang; Darwin's headers stand in for the SDK's",
            ),
            _ => return None,
        };
        let vars = vars
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value));
        let machine = Overlay {
            base,
            os,
            vars: vars.collect(),
        };
        Some((machine, name))
    }
}

/// zig, with its own headers.
struct Zig {
    program: PathBuf,
    lib: PathBuf,
}

fn zig(context: &Context) -> Option<Zig> {
    let target = Target::from_triple("x86_64-unknown-linux-musl")?;
    let machine = Overlay {
        base: &context.machine,
        os: None,
        vars: vec![("SNMALLOC_TOOLCHAIN".to_owned(), "zig".to_owned())],
    };
    let program = find::compiler(&target, context.host, &machine)
        .ok()?
        .program;
    let program = program.canonicalize().ok()?;
    let env = context
        .machine
        .run(&program, &["env".to_owned()], "")
        .ok()?;
    let lib = env
        .stdout
        .split(".lib_dir = \"")
        .nth(1)?
        .split('"')
        .next()?;
    // zig prints a path relative to the working directory.
    let lib = Path::new(lib).canonicalize().ok()?;
    Some(Zig { program, lib })
}

struct Maker<'a> {
    dir: &'a Path,
    zig: Zig,
}

impl Maker<'_> {
    /// A script for zig's clang, with zig's own C++ headers and the given C headers.
    fn clang(&self, file: &Path, first: &str, headers: &[PathBuf]) -> Result<(), Failure> {
        let quoted = |path: &Path| shell_words::quote(&path.display().to_string()).into_owned();
        let lib = &self.zig.lib;
        let config = self.dir.join("libcxx.h");
        write(&config, include_str!("headers/libcxx.h"))?;
        let cxx = ["libcxx/include", "libcxxabi/include", "include"].map(|dir| lib.join(dir));
        let dirs: Vec<String> = cxx
            .iter()
            .chain(headers)
            .map(|dir| format!("-isystem {}", quoted(dir)))
            .collect();
        // The headers come last, after the caller's own include directories.
        let text = format!(
            "#!/bin/sh\nexec {} clang {first} -nostdinc -include {} \"$@\" {}\n",
            quoted(&self.zig.program),
            quoted(&config),
            dirs.join(" ")
        );
        let dir = file.parent().context("a path with a directory")?;
        write_program(dir, file, &text)?;
        Ok(())
    }

    /// `xcrun`, its clang, and its SDKs.
    fn apple(&self, root: &Path) -> Result<(), Failure> {
        let bin = self.dir.join("apple");
        let darwin = self.zig.lib.join("libc/include/any-darwin-any");
        let usable = root.join("snmalloc-sys/shim/apple/mach/mach_vm.h");
        let usable = fs::read_to_string(&usable).with_context(|| usable.display().to_string())?;
        for (sdk, can_map) in APPLE {
            let mach = bin.join(sdk).join("usr/include/mach");
            let text = if can_map {
                &usable
            } else {
                include_str!("headers/mach_vm.h")
            };
            write(&mach.join("mach_vm.h"), text)?;
        }
        let sdk = "case \"$2\" in";
        let names = APPLE.map(|(name, _)| name).join("|");
        let text = format!(
            "#!/bin/sh\n{sdk} {names}) ;; *) echo \"no SDK $2\" >&2; exit 1;; esac\n\
             case \"$3\" in --find) echo '{0}/clang++';; *) echo \"{0}/$2\";; esac\n",
            bin.display()
        );
        write_program(&bin, &bin.join("xcrun"), &text)?;
        // clang reads the SDK's headers on its own only if no others are requested.
        let first = "";
        self.clang(&bin.join("clang-of-zig"), first, &[darwin])?;
        let text = "#!/bin/sh\nroot=\nlast=\nfor word in \"$@\"; do\n  \
                    [ \"$last\" = -isysroot ] && root=$word\n  last=$word\ndone\n\
                    exec \"$(dirname \"$0\")/clang-of-zig\" \"$@\" -isystem \"$root/usr/include\"\n";
        write_program(&bin, &bin.join("clang++"), text)?;
        Ok(())
    }

    /// An NDK with the files that the search for a compiler needs.
    fn android(&self) -> Result<(), Failure> {
        let root = self.dir.join("android");
        let properties = "Pkg.Desc = Android NDK\nPkg.Revision = 26.1.10909125\n";
        write(&root.join("source.properties"), properties)?;
        write(&root.join("build/cmake/android.toolchain.cmake"), "")?;
        let prebuilt = root.join("toolchains/llvm/prebuilt/linux-x86_64");
        let own = prebuilt.join("sysroot/usr/include");
        for header in ["unistd.h", "sys/random.h"] {
            let text = include_str!("headers/unistd.h").replace("unistd.h", header);
            write(&own.join(header), &text)?;
        }
        for (name, cpu) in ANDROID {
            let headers = [vec![own.clone()], self.musl(cpu)].concat();
            let file = format!("{name}{LEVEL}-clang++");
            let target = format!("--target={name}{LEVEL}");
            self.clang(&prebuilt.join("bin").join(file), &target, &headers)?;
        }
        Ok(())
    }

    /// OpenHarmony's SDK, one for each CPU.
    fn ohos(&self) -> Result<(), Failure> {
        for (arch, cpu) in [("aarch64", "aarch64"), ("arm", "arm"), ("x86_64", "x86_64")] {
            let root = self.dir.join(format!("ohos-{arch}"));
            self.clang(&root.join("llvm/bin/clang++"), "", &self.musl(cpu))?;
        }
        Ok(())
    }

    /// musl's headers, and the kernel's.
    fn musl(&self, cpu: &str) -> Vec<PathBuf> {
        let kernel = if cpu == "x86_64" { "x86" } else { cpu };
        [
            format!("{cpu}-linux-musl"),
            "generic-musl".to_owned(),
            format!("{kernel}-linux-any"),
            "any-linux-any".to_owned(),
        ]
        .map(|name| self.zig.lib.join("libc/include").join(name))
        .to_vec()
    }
}

fn write(file: &Path, text: &str) -> anyhow::Result<()> {
    let dir = file.parent().context("a path with a directory")?;
    fs::create_dir_all(dir).with_context(|| dir.display().to_string())?;
    fs::write(file, text).with_context(|| file.display().to_string())
}
