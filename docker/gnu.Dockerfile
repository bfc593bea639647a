# Linux with glibc: a GNU cross compiler of Debian's, and qemu's user-mode emulators.
#
# Built by `cargo xtask image build`, or by BuildKit, with this directory as the context;
# without BuildKit, xtask leaves out the mounts, which only save downloads. The digest that
# `cargo xtask image base --pull` takes is in base.Dockerfile.
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
