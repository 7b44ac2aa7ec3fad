# Stands in for ruby:3.3-trixie and -slim-trixie: Debian's Ruby under the official names and environment.
ARG BASE=debian:trixie-slim
FROM ${BASE}
ENV LANG=C.UTF-8 RUBY_VERSION=3.3 GEM_HOME=/usr/local/bundle
ENV BUNDLE_SILENCE_ROOT_WARNING=1 BUNDLE_APP_CONFIG=$GEM_HOME PATH=$GEM_HOME/bin:$PATH
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates libffi-dev libgmp-dev libssl-dev libyaml-dev procps \
	zlib1g-dev ruby3.3 ruby3.3-dev ruby-bundler \
 && rm -rf /var/lib/apt/lists/* \
 && mkdir -p "$GEM_HOME" && chmod 1777 "$GEM_HOME" \
 && for name in ruby gem irb erb rake bundle bundler; do ln -s "$(command -v "$name")" "/usr/local/bin/$name"; done \
 && ruby --version && bundle --version
CMD ["irb"]
