# Android. The NDK is not in the image, because its licence forbids redistribution: it is
# mounted at /opt/android-ndk when a container runs, or added to your own build.
#
# Built by `cargo xtask image build`, or by BuildKit, with this directory as the context.
# Without BuildKit, xtask removes the mounts, which only save downloads. base.Dockerfile has
# the digest for `cargo xtask image base --pull`.
ARG BASE=debian:bookworm-slim

# The NDK's licence forbids redistribution. This stage is empty by default; with
# `--build-context ndk=DIRECTORY` it has your NDK, and the image is for your own use only.
FROM scratch AS ndk
COPY install/no-ndk.txt /

FROM ${BASE}
LABEL snmalloc-rs.image=yes
ARG SNAPSHOT=
COPY install/packages /install/
RUN --mount=type=cache,id=snmalloc-rs-apt,sharing=locked,target=/apt-archives sh /install/packages binutils cmake g++ gcc libc6-dev make ninja-build
# For an NDK that uses Debian's clang, as the fake NDK of the tests does.
ARG PACKAGES=
RUN --mount=type=cache,id=snmalloc-rs-apt,sharing=locked,target=/apt-archives sh /install/packages ${PACKAGES}
COPY --from=ndk / /opt/android-ndk/
ENV ANDROID_NDK=/opt/android-ndk
RUN useradd --uid 1000 --create-home build
USER build
