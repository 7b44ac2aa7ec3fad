# Stands in for python:3.13-trixie and -slim-trixie: Debian's Python in the places where the official images compile it to.
ARG BASE=debian:trixie-slim
FROM debian:trixie-slim AS packages
RUN apt-get update && apt-get install -y --no-install-recommends python3.13 python3.13-dev python3-pip-whl
RUN mkdir -p /made/bin /made/lib /made/include /made/wheels \
 && cp /usr/bin/python3.13 /made/bin/ \
 && cp -r /usr/lib/python3.13 /made/lib/python3.13 \
 && cp -rL /usr/include/python3.13 /made/include/python3.13 \
 && cp "/usr/include/$(uname -m)-linux-gnu/python3.13/pyconfig.h" /made/include/python3.13/ \
 && cp /usr/share/python-wheels/pip-*.whl /made/wheels/ \
 && cd /made/lib/python3.13 \
 && rm -rf EXTERNALLY-MANAGED config-3.13-* dist-packages sitecustomize.py _distutils_system_mod.py \
 && find . -name __pycache__ -prune -exec rm -rf {} + \
 && mkdir site-packages \
 # Debian keeps what pip installs apart from its own; the official images know one place.
 && sed -i "s,'posix_local': {,'posix_apart': {,; s,posix_local,posix_prefix,g" sysconfig/__init__.py \
 && sed -i '0,/^def /s,^def ,_INSTALL_SCHEMES["posix_prefix"].update(purelib="{base}/lib/python{py_version_short}/site-packages"\, platlib="{platbase}/lib/python{py_version_short}/site-packages"\, scripts="{base}/bin"\, data="{base}")\n&,' sysconfig/__init__.py \
 # Its name for that place is compiled into the interpreter.
 && ln -s site-packages dist-packages

FROM ${BASE}
ENV PATH=/usr/local/bin:$PATH
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates netbase tzdata libbz2-1.0 libdb5.3t64 libexpat1 libffi8 \
	liblzma5 libncursesw6 libreadline8t64 libsqlite3-0 libssl3t64 libuuid1 zlib1g \
 && rm -rf /var/lib/apt/lists/* /usr/local/lib/python3.13
ENV PYTHON_VERSION=3.13
COPY --from=packages /made/bin /usr/local/bin/
COPY --from=packages /made/lib /usr/local/lib/
COPY --from=packages /made/include /usr/local/include/
RUN --mount=from=packages,source=/made/wheels,target=/wheels \
	ln -s python3.13 /usr/local/bin/python3 \
 && ln -s python3 /usr/local/bin/python \
 && for wheel in /wheels/pip-*.whl; do python3 "$wheel/pip" install --no-cache-dir --no-index "$wheel"; done \
 && pip --version
CMD ["python3"]
