#!/bin/sh
# Makes the tree that Traefik runs from: traefik-tree.sh DEST TRAEFIK LAYER NGINX-TREE ARCHITECTURE
#
# TRAEFIK is the program as its project released it, LAYER the folder of our middleware's source, which Traefik's interpreter reads,
# NGINX-TREE a tree of nginx-tree.sh. From that come openssl, which makes the self-signed certificate and the digests, its libraries
# and its loader. Needs readelf.
set -eu
umask 022
dest=$1
traefik=$2
layer=$3
nginx=$4
architecture=$5

rm -rf "$dest"
mkdir -p "$dest/bin" "$dest/lib" "$dest/licences" "$dest/plugins-local/src/dev.sallyport"
cp -L "$traefik" "$dest/bin/traefik"
chmod 755 "$dest/bin/traefik"
cp "$nginx/bin/openssl" "$dest/bin/"
cp "$nginx/lib/loader" "$dest/lib/"
cp -r "$layer" "$dest/plugins-local/src/dev.sallyport/layer"

# A program with an interpreter would need one in every image.
if readelf --program-headers "$dest/bin/traefik" | grep -q INTERP; then
	echo "$traefik is not static" >&2
	exit 1
fi

needed_by() { readelf --dynamic --wide "$@" | sed -n 's/.*(NEEDED).*\[\(.*\)\]$/\1/p' | grep -v '^ld-linux' | sort -u; }
names=$(needed_by "$dest/bin/openssl")
while [ -n "$names" ]; do
	for name in $names; do
		cp "$nginx/lib/$name" "$dest/lib/$name"
	done
	names=$(needed_by "$dest"/lib/*.so.* | while read -r name; do test -e "$dest/lib/$name" || echo "$name"; done)
done

# It says its version itself where it runs; else it is found in its own text.
if [ "$architecture" = "$(dpkg --print-architecture)" ]; then
	version=$("$dest/bin/traefik" version | sed -n 's/^Version: *//p')
else
	version=$(strings "$dest/bin/traefik" | sed -n 's/.*traefik\/v3\/pkg\/version\.Version=\([0-9.]*\).*/\1/p' | head -n 1)
fi
# Below this it knows no aliasHeadersStrategy, and would not start with what the frontend writes.
least=3.7.12
if [ -n "$version" ] && dpkg --compare-versions "$version" lt "$least"; then
	echo "Traefik $version is offered here, but $least or later is needed" >&2
	exit 1
fi

for name in openssl libc6 libssl3t64 zlib1g libzstd1; do
	if [ -f "$nginx/licences/$name" ]; then
		cp "$nginx/licences/$name" "$dest/licences/$name"
	fi
	sed 's/.*"packages":{\([^}]*\)}.*/\1/; s/,/\n/g' "$nginx/VERSIONS.json" | grep "^\"$name\":"
done | sort | awk -v architecture="$architecture" -v version="$version" -v sum="$(sha256sum "$dest/bin/traefik" | cut -d ' ' -f 1)" '
	BEGIN {printf "{\"suite\":\"trixie\",\"architecture\":\"%s\",\"traefik\":\"%s\",\"traefikSha256\":\"%s\",\"packages\":{", architecture, version, sum}
	{printf "%s%s", (NR > 1 ? "," : ""), $0}
	END {print "}}"}' > "$dest/VERSIONS.json"
# A file's age would otherwise change the layer's digest on every build.
find "$dest" -exec touch -h -d @0 {} +
