# Stands in for rust:1.85-trixie and -slim-trixie: Debian's rustc and cargo under the official names and environment.
ARG BASE=debian:trixie-slim
FROM ${BASE}
ENV RUSTUP_HOME=/usr/local/rustup CARGO_HOME=/usr/local/cargo PATH=/usr/local/cargo/bin:$PATH RUST_VERSION=1.85.0
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates gcc libc6-dev rustc cargo \
 && rm -rf /var/lib/apt/lists/* \
 && mkdir -p /usr/local/cargo/bin /usr/local/rustup \
 && for name in cargo rustc rustdoc; do ln -s "/usr/bin/$name" "/usr/local/cargo/bin/$name"; done \
 && chmod -R a+w /usr/local/cargo /usr/local/rustup \
 && rustc --version
