# Stands in for golang:1.24-trixie: Debian's Go in the official image's places.
FROM debian:trixie-slim AS packages
RUN apt-get update && apt-get install -y --no-install-recommends golang-1.24-go golang-1.24-src
RUN cp -rL /usr/lib/go-1.24 /usr/local/go

FROM buildpack-deps:trixie-scm
RUN apt-get update \
 && apt-get install -y --no-install-recommends g++ gcc libc6-dev make pkg-config \
 && rm -rf /var/lib/apt/lists/*
ENV GOLANG_VERSION=1.24 GOTOOLCHAIN=local GOPATH=/go
ENV PATH=$GOPATH/bin:/usr/local/go/bin:$PATH
COPY --from=packages /usr/local/go /usr/local/go
RUN mkdir -p "$GOPATH/src" "$GOPATH/bin" && chmod -R 1777 "$GOPATH" && go version
WORKDIR $GOPATH
