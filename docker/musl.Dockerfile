# Linux with musl, and CPUs for which Debian has no cross compiler: zig and qemu.
#
# Built by `cargo xtask image build`, or by BuildKit, with this directory as the context.
# Without BuildKit, xtask removes the mounts, which only save downloads. base.Dockerfile has
# the digest for `cargo xtask image base --pull`.
ARG BASE=debian:bookworm-slim

FROM ${BASE} AS zig
LABEL snmalloc-rs.image=yes
ARG SNAPSHOT=
ARG ZIG=
COPY certificates /certificates
COPY install/packages install/zig install/zig.txt /install/
RUN --mount=type=cache,id=snmalloc-rs-apt,sharing=locked,target=/apt-archives sh /install/zig

FROM ${BASE}
LABEL snmalloc-rs.image=yes
ARG SNAPSHOT=
COPY install/packages /install/
RUN --mount=type=cache,id=snmalloc-rs-apt,sharing=locked,target=/apt-archives sh /install/packages binutils cmake g++ gcc libc6-dev make ninja-build
COPY install/qemu /install/
RUN --mount=type=cache,id=snmalloc-rs-apt,sharing=locked,target=/apt-archives sh /install/qemu
COPY --from=zig /opt/zig /opt/zig
RUN if [ -d /opt/zig/ziglang ]; then ln -s /opt/zig/ziglang/zig /usr/local/bin/zig; fi
RUN useradd --uid 1000 --create-home build
USER build
