# Made by `cargo xtask tidy --fix` from the catalog of targets.
# From the root of the repository: docker buildx bake -f docker/docker-bake.hcl

variable "BASE" {
  default = "debian:bookworm-slim"
}

variable "REPOSITORY" {
  default = "snmalloc-rs"
}

variable "TAG" {
  default = "latest"
}

# Debian's archive as it was at a time, such as 20250520T000000Z.
variable "SNAPSHOT" {
  default = ""
}

group "default" {
  targets = [
    "android",
    "gnu-aarch64-linux-gnu",
    "gnu-arm-linux-gnueabi",
    "gnu-arm-linux-gnueabihf",
    "gnu-i686-linux-gnu",
    "gnu-powerpc-linux-gnu",
    "gnu-powerpc64-linux-gnu",
    "gnu-powerpc64le-linux-gnu",
    "gnu-riscv64-linux-gnu",
    "gnu-s390x-linux-gnu",
    "gnu-sparc64-linux-gnu",
    "gnu-x86_64-linux-gnu",
    "gnu-x86_64-linux-gnux32",
    "musl",
    "windows-i686",
    "windows-llvm",
    "windows-llvm-i686",
    "windows-x86_64",
    "zig",
  ]
}

# aarch64-linux-android, arm-linux-androideabi, armv7-linux-androideabi, i686-linux-android, thumbv7neon-linux-androideabi, x86_64-linux-android
target "android" {
  context = "docker"
  dockerfile = "android.Dockerfile"
  args = {
    BASE = BASE
    SNAPSHOT = SNAPSHOT
  }
  tags = ["${REPOSITORY}/android:${TAG}"]
}

# aarch64-unknown-linux-gnu
target "gnu-aarch64-linux-gnu" {
  context = "docker"
  dockerfile = "gnu.Dockerfile"
  args = {
    BASE = BASE
    SNAPSHOT = SNAPSHOT
    PACKAGES = "g++-aarch64-linux-gnu"
  }
  tags = ["${REPOSITORY}/gnu-aarch64-linux-gnu:${TAG}"]
}

# arm-unknown-linux-gnueabi, armv5te-unknown-linux-gnueabi, armv7-unknown-linux-gnueabi
target "gnu-arm-linux-gnueabi" {
  context = "docker"
  dockerfile = "gnu.Dockerfile"
  args = {
    BASE = BASE
    SNAPSHOT = SNAPSHOT
    PACKAGES = "g++-arm-linux-gnueabi"
  }
  tags = ["${REPOSITORY}/gnu-arm-linux-gnueabi:${TAG}"]
}

# arm-unknown-linux-gnueabihf, armv7-unknown-linux-gnueabihf, thumbv7neon-unknown-linux-gnueabihf
target "gnu-arm-linux-gnueabihf" {
  context = "docker"
  dockerfile = "gnu.Dockerfile"
  args = {
    BASE = BASE
    SNAPSHOT = SNAPSHOT
    PACKAGES = "g++-arm-linux-gnueabihf"
  }
  tags = ["${REPOSITORY}/gnu-arm-linux-gnueabihf:${TAG}"]
}

# i586-unknown-linux-gnu, i686-unknown-linux-gnu
target "gnu-i686-linux-gnu" {
  context = "docker"
  dockerfile = "gnu.Dockerfile"
  args = {
    BASE = BASE
    SNAPSHOT = SNAPSHOT
    PACKAGES = "g++-i686-linux-gnu"
  }
  tags = ["${REPOSITORY}/gnu-i686-linux-gnu:${TAG}"]
}

# powerpc-unknown-linux-gnu
target "gnu-powerpc-linux-gnu" {
  context = "docker"
  dockerfile = "gnu.Dockerfile"
  args = {
    BASE = BASE
    SNAPSHOT = SNAPSHOT
    PACKAGES = "g++-powerpc-linux-gnu"
  }
  tags = ["${REPOSITORY}/gnu-powerpc-linux-gnu:${TAG}"]
}

# powerpc64-unknown-linux-gnu
target "gnu-powerpc64-linux-gnu" {
  context = "docker"
  dockerfile = "gnu.Dockerfile"
  args = {
    BASE = BASE
    SNAPSHOT = SNAPSHOT
    PACKAGES = "g++-powerpc64-linux-gnu"
  }
  tags = ["${REPOSITORY}/gnu-powerpc64-linux-gnu:${TAG}"]
}

# powerpc64le-unknown-linux-gnu
target "gnu-powerpc64le-linux-gnu" {
  context = "docker"
  dockerfile = "gnu.Dockerfile"
  args = {
    BASE = BASE
    SNAPSHOT = SNAPSHOT
    PACKAGES = "g++-powerpc64le-linux-gnu"
  }
  tags = ["${REPOSITORY}/gnu-powerpc64le-linux-gnu:${TAG}"]
}

# riscv64a23-unknown-linux-gnu, riscv64gc-unknown-linux-gnu
target "gnu-riscv64-linux-gnu" {
  context = "docker"
  dockerfile = "gnu.Dockerfile"
  args = {
    BASE = BASE
    SNAPSHOT = SNAPSHOT
    PACKAGES = "g++-riscv64-linux-gnu"
  }
  tags = ["${REPOSITORY}/gnu-riscv64-linux-gnu:${TAG}"]
}

# s390x-unknown-linux-gnu
target "gnu-s390x-linux-gnu" {
  context = "docker"
  dockerfile = "gnu.Dockerfile"
  args = {
    BASE = BASE
    SNAPSHOT = SNAPSHOT
    PACKAGES = "g++-s390x-linux-gnu"
  }
  tags = ["${REPOSITORY}/gnu-s390x-linux-gnu:${TAG}"]
}

# sparc64-unknown-linux-gnu
target "gnu-sparc64-linux-gnu" {
  context = "docker"
  dockerfile = "gnu.Dockerfile"
  args = {
    BASE = BASE
    SNAPSHOT = SNAPSHOT
    PACKAGES = "g++-sparc64-linux-gnu"
  }
  tags = ["${REPOSITORY}/gnu-sparc64-linux-gnu:${TAG}"]
}

# x86_64-unknown-linux-gnu, x86_64-unknown-linux-gnuasan
target "gnu-x86_64-linux-gnu" {
  context = "docker"
  dockerfile = "gnu.Dockerfile"
  args = {
    BASE = BASE
    SNAPSHOT = SNAPSHOT
    PACKAGES = "g++-x86-64-linux-gnu"
  }
  tags = ["${REPOSITORY}/gnu-x86_64-linux-gnu:${TAG}"]
}

# x86_64-unknown-linux-gnux32
target "gnu-x86_64-linux-gnux32" {
  context = "docker"
  dockerfile = "gnu.Dockerfile"
  args = {
    BASE = BASE
    SNAPSHOT = SNAPSHOT
    PACKAGES = "g++-x86-64-linux-gnux32"
  }
  tags = ["${REPOSITORY}/gnu-x86_64-linux-gnux32:${TAG}"]
}

# aarch64-unknown-linux-musl, arm-unknown-linux-musleabi, arm-unknown-linux-musleabihf, armv5te-unknown-linux-musleabi, armv7-unknown-linux-musleabi, armv7-unknown-linux-musleabihf, i586-unknown-linux-musl, i686-unknown-linux-musl, loongarch64-unknown-linux-gnu, loongarch64-unknown-linux-musl, powerpc64-unknown-linux-musl, powerpc64le-unknown-linux-musl, riscv64gc-unknown-linux-musl, x86_64-unknown-linux-musl
target "musl" {
  context = "docker"
  dockerfile = "musl.Dockerfile"
  args = {
    BASE = BASE
    SNAPSHOT = SNAPSHOT
    ZIG = "0.17.1"
  }
  tags = ["${REPOSITORY}/musl:${TAG}"]
}

# i686-pc-windows-gnu, i686-win7-windows-gnu
target "windows-i686" {
  context = "docker"
  dockerfile = "windows.Dockerfile"
  args = {
    BASE = BASE
    SNAPSHOT = SNAPSHOT
    PACKAGES = "g++-mingw-w64-i686-posix wine32:i386"
  }
  tags = ["${REPOSITORY}/windows-i686:${TAG}"]
}

# aarch64-pc-windows-gnullvm, x86_64-pc-windows-gnullvm
target "windows-llvm" {
  context = "docker"
  dockerfile = "windows.Dockerfile"
  args = {
    BASE = BASE
    SNAPSHOT = SNAPSHOT
    PACKAGES = "wine64"
    ZIG = "0.17.1"
  }
  tags = ["${REPOSITORY}/windows-llvm:${TAG}"]
}

# i686-pc-windows-gnullvm
target "windows-llvm-i686" {
  context = "docker"
  dockerfile = "windows.Dockerfile"
  args = {
    BASE = BASE
    SNAPSHOT = SNAPSHOT
    PACKAGES = "wine32:i386"
    ZIG = "0.17.1"
  }
  tags = ["${REPOSITORY}/windows-llvm-i686:${TAG}"]
}

# x86_64-pc-windows-gnu, x86_64-win7-windows-gnu
target "windows-x86_64" {
  context = "docker"
  dockerfile = "windows.Dockerfile"
  args = {
    BASE = BASE
    SNAPSHOT = SNAPSHOT
    PACKAGES = "g++-mingw-w64-x86-64-posix wine64"
  }
  tags = ["${REPOSITORY}/windows-x86_64:${TAG}"]
}

# aarch64-apple-darwin, aarch64-unknown-freebsd, aarch64-unknown-netbsd, aarch64-unknown-openbsd, armv7-unknown-freebsd, armv7-unknown-netbsd-eabihf, i586-unknown-netbsd, i686-unknown-freebsd, i686-unknown-netbsd, i686-unknown-openbsd, powerpc-unknown-openbsd, powerpc64-unknown-freebsd, powerpc64-unknown-openbsd, powerpc64le-unknown-freebsd, riscv64gc-unknown-freebsd, riscv64gc-unknown-netbsd, riscv64gc-unknown-openbsd, x86_64-apple-darwin, x86_64-unknown-freebsd, x86_64-unknown-netbsd, x86_64-unknown-openbsd
target "zig" {
  context = "docker"
  dockerfile = "zig.Dockerfile"
  args = {
    BASE = BASE
    SNAPSHOT = SNAPSHOT
    ZIG = "0.17.1"
  }
  tags = ["${REPOSITORY}/zig:${TAG}"]
}
