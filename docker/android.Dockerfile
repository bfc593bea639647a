# Android. The NDK is not in the image, because its licence doesn't allow that to be
# passed on: it is mounted at /opt/android-ndk when a container is run.
#
# Built by `cargo xtask image build`, or by any builder, with this directory as the
# context. A maintainer who can ask a registry pins the base by its digest, here and in
# the other Dockerfiles: debian:bookworm-slim@sha256:…
ARG BASE=debian:bookworm-slim

FROM ${BASE}
LABEL snmalloc-rs.image=yes
ARG SNAPSHOT=
COPY install/packages /install/
RUN sh /install/packages binutils cmake g++ gcc libc6-dev make ninja-build
# For an NDK that uses the system's own clang, as the tests' does.
ARG PACKAGES=
RUN sh /install/packages ${PACKAGES}
ENV ANDROID_NDK=/opt/android-ndk
RUN useradd --uid 1000 --create-home build
USER build
