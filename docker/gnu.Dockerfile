# Linux with glibc: Debian's GNU cross compiler, and qemu's user-mode emulators.
#
# Built by `cargo xtask image build`, or by BuildKit, with this directory as the context.
# Without BuildKit, xtask removes the mounts, which only save downloads. base.Dockerfile has
# the digest for `cargo xtask image base --pull`.
ARG BASE=debian:bookworm-slim

FROM ${BASE}
LABEL snmalloc-rs.image=yes
ARG SNAPSHOT=
COPY install/packages /install/
RUN --mount=type=cache,id=snmalloc-rs-apt,sharing=locked,target=/apt-archives sh /install/packages binutils cmake g++ gcc libc6-dev make ninja-build
COPY install/qemu /install/
RUN --mount=type=cache,id=snmalloc-rs-apt,sharing=locked,target=/apt-archives sh /install/qemu
ARG PACKAGES=
RUN --mount=type=cache,id=snmalloc-rs-apt,sharing=locked,target=/apt-archives sh /install/packages ${PACKAGES}
RUN useradd --uid 1000 --create-home build
USER build
