# Android. The NDK is not in the image, because its licence doesn't allow that to be
# passed on: it is mounted at /opt/android-ndk when a container is run, or given to a
# build of one's own.
#
# Built by `cargo xtask image build`, or by BuildKit, with this directory as the context;
# without BuildKit, xtask leaves out the mounts, which only save downloads. The digest that
# `cargo xtask image base --pull` takes is in base.Dockerfile.
ARG BASE=debian:bookworm-slim

# An NDK's licence keeps it from being passed on. Here is none, but with
# `--build-context ndk=DIRECTORY`: such an image is for your own use.
FROM scratch AS ndk
COPY install/no-ndk.txt /

FROM ${BASE}
LABEL snmalloc-rs.image=yes
ARG SNAPSHOT=
COPY install/packages /install/
RUN --mount=type=cache,id=snmalloc-rs-apt,sharing=locked,target=/apt-archives sh /install/packages binutils cmake g++ gcc libc6-dev make ninja-build
# For an NDK that uses the system's own clang, as the tests' does.
ARG PACKAGES=
RUN --mount=type=cache,id=snmalloc-rs-apt,sharing=locked,target=/apt-archives sh /install/packages ${PACKAGES}
COPY --from=ndk / /opt/android-ndk/
ENV ANDROID_NDK=/opt/android-ndk
RUN useradd --uid 1000 --create-home build
USER build
