# Stands in for buildpack-deps:trixie-scm and :trixie, what the full images of languages are built on: the packages that
# the official ones name, from the same release.
FROM debian:trixie-slim AS scm
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates curl git gnupg mercurial netbase openssh-client procps sq \
	subversion tzdata wget \
 && rm -rf /var/lib/apt/lists/*

FROM scm AS full
RUN apt-get update \
 && apt-get install -y --no-install-recommends autoconf automake bzip2 default-libmysqlclient-dev dpkg-dev file g++ gcc \
	imagemagick libbz2-dev libc6-dev libcurl4-openssl-dev libdb-dev libevent-dev libffi-dev libgdbm-dev libglib2.0-dev \
	libgmp-dev libjpeg-dev libkrb5-dev liblzma-dev libmagickcore-dev libmagickwand-dev libmaxminddb-dev libncurses-dev \
	libpng-dev libpq-dev libreadline-dev libsqlite3-dev libssl-dev libtool libwebp-dev libxml2-dev libxslt1-dev \
	libyaml-dev make patch unzip xz-utils zlib1g-dev \
 && rm -rf /var/lib/apt/lists/*
