# Stands in for moby/buildkit: the same sources, with Debian's runc and git. Nothing in it emulates another processor.
FROM golang:1.24-trixie AS built
ARG VERSION=v0.25.2
ENV CGO_ENABLED=0
RUN go mod download -json github.com/moby/buildkit@$VERSION && cp -r "$(go env GOMODCACHE)/github.com/moby/buildkit@$VERSION" /src
WORKDIR /src
RUN go build -mod=mod -trimpath -ldflags "-s -w -X github.com/moby/buildkit/version.Version=$VERSION" -o /made/ ./cmd/buildkitd ./cmd/buildctl

FROM debian:trixie-slim
RUN apt-get update && apt-get install -y --no-install-recommends runc git ca-certificates && rm -rf /var/lib/apt/lists/*
COPY --from=built /made/ /usr/bin/
VOLUME /var/lib/buildkit
ENTRYPOINT ["buildkitd"]
