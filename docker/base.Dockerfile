# The image that the others start from, pinned. Nothing builds this file: `cargo xtask
# image base --pull` pulls what it names, and dependabot renews it.
FROM debian:bookworm-slim@sha256:88200866dfff7ea7f5cbcb6ec7c8a701889efe6fe859fe64d6990e4b07ea4171
