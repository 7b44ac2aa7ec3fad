#!/bin/sh
# `docker run IMAGE -v`, `docker run IMAGE app.js` and `docker run IMAGE sh` all do what they seem to say.
set -e
if [ "${1#-}" != "$1" ] || ! command -v "$1" >/dev/null || { [ -f "$1" ] && [ ! -x "$1" ]; }; then
	set -- node "$@"
fi

exec "$@"
