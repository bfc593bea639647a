# The pinned base image. This file is never built: `cargo xtask image base --pull` pulls the
# image that it names, and dependabot updates it.
FROM debian:bookworm-slim@sha256:88200866dfff7ea7f5cbcb6ec7c8a701889efe6fe859fe64d6990e4b07ea4171
