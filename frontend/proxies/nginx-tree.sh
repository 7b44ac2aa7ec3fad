#!/bin/sh
# Makes a self-contained nginx tree from Debian's packages: nginx-tree.sh DEST [ARCHITECTURE]
#
# njs comes into a folder beside it, DEST/../njs: it needs as much as a quarter of the tree, and few plans need it.
# The binaries stay Debian's own, byte for byte (checked against the packages' md5sums), and run through the loader that
# is shipped beside them; so the tree works in an empty image, a musl one and a glibc one, and anybody can compare it
# with the distribution. Runs inside a Debian container with package lists present, of the architecture too. Needs apt-get,
# dpkg-deb, md5sum, readelf.
set -eu
umask 022
dest=$1
own=$(dpkg --print-architecture)
architecture=${2:-$own}
script=$(dirname "$dest")/njs
core='nginx libnginx-mod-http-headers-more-filter openssl libc6 libcrypt1 libpcre2-8-0 libssl3t64 zlib1g libzstd1'
# Of libc6 it has libm, which nothing else needs.
scripting='libnginx-mod-http-js libxml2 liblzma5'
packages="$core $scripting"

# Below this the configuration that the frontend writes meets known holes: regex maps in strings (CVE-2026-42533), log
# evaluation (CVE-2026-93479) and others of November 2026. A stale mirror must not bring them back.
least=1.26.3-3+deb13u11

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/debs" "$work/root" "$work/control"
cd "$work/debs"
for name in $packages; do
	printf '%s:%s\n' "$name" "$architecture"
done | xargs apt-get download -q
for deb in *.deb; do
	name=$(dpkg-deb -f "$deb" Package)
	dpkg-deb -x "$deb" "$work/root"
	dpkg-deb -e "$deb" "$work/control/$name"
	printf '%s %s\n' "$name" "$(dpkg-deb -f "$deb" Version)"
done | sort > "$work/versions"

version=$(awk '$1 == "nginx" {print $2}' "$work/versions")
if dpkg --compare-versions "$version" lt "$least"; then
	echo "nginx $version is offered here, but $least or later is needed" >&2
	exit 1
fi

# "Unmodified" is a claim of ours, so it is checked here and not only said.
cd "$work/root"
for name in $packages; do
	md5sum --quiet --check "$work/control/$name/md5sums"
done

loader=$(find "$work/root/usr/lib" -name 'ld-linux-*.so.*' -type f | head -n 1)
libraries=$(dirname "$loader")
rm -rf "$dest" "$script"
mkdir -p "$dest/bin" "$dest/lib" "$dest/modules" "$dest/licences" "$script/licences"
cp "$work/root/usr/sbin/nginx" "$work/root/usr/bin/openssl" "$dest/bin/"
modules=$work/root/usr/lib/nginx/modules
cp "$modules/ngx_http_headers_more_filter_module.so" "$dest/modules/"
cp "$modules/ngx_http_js_module.so" "$script/"
# One name on every architecture, so that the supervisor needs to know none.
cp "$loader" "$dest/lib/loader"
chmod 755 "$dest/lib/loader"

# Every library that a program names, and those that these name, until none is new. Read, not run: it may be for another processor.
needed_by() { readelf --dynamic --wide "$@" | sed -n 's/.*(NEEDED).*\[\(.*\)\]$/\1/p' | grep -v '^ld-linux' | sort -u; }
# Into FOLDER what FILES need and the tree hasn't: gather FOLDER FILES
gather() {
	folder=$1
	shift
	needed_by "$@" > "$work/needed"
	while [ -s "$work/needed" ]; do
		while read -r name; do
			test -e "$libraries/$name" || { echo "$name is in none of the packages" >&2; exit 1; }
			test -e "$dest/lib/$name" || cp -L "$libraries/$name" "$folder/$name"
		done < "$work/needed"
		needed_by "$folder"/*.so.* | while read -r name; do
			test -e "$dest/lib/$name" || test -e "$folder/$name" || echo "$name"
		done > "$work/needed"
	done
}
gather "$dest/lib" "$dest"/bin/* "$dest"/modules/*.so
gather "$script" "$script"/*.so

# Each must be whole by itself: where it runs, the tree's own loader looks every library up again, in these folders.
if [ "$architecture" = "$own" ]; then
	{
		for file in "$dest"/bin/* "$dest"/modules/*.so; do
			"$dest/lib/loader" --inhibit-cache --library-path "$dest/lib" --list "$file"
		done
		"$dest/lib/loader" --inhibit-cache --library-path "$dest/lib:$script" --list "$script/ngx_http_js_module.so"
	} | awk -v own="$dest/lib/" -v script="$script/" \
		'$2 == "=>" && index($3, own) != 1 && index($3, script) != 1 && $1 !~ /ld-linux/' > "$work/foreign"
	if [ -s "$work/foreign" ]; then
		cat "$work/foreign" >&2
		exit 1
	fi
	"$dest/lib/loader" --inhibit-cache --library-path "$dest/lib" --argv0 nginx "$dest/bin/nginx" -V 2>&1 | head -n 3
fi

# What is in FOLDER, by package: describe FOLDER FIELDS PACKAGES
describe() {
	folder=$1
	fields=$2
	shift 2
	for name in "$@"; do
		if [ -f "$work/root/usr/share/doc/$name/copyright" ]; then
			cp -L "$work/root/usr/share/doc/$name/copyright" "$folder/licences/$name"
		fi
		grep "^$name " "$work/versions"
	done | sort | awk -v architecture="$architecture" -v fields="$fields" '
		BEGIN {printf "{\"suite\":\"trixie\",\"architecture\":\"%s\",%s\"packages\":{", architecture, fields}
		{printf "%s\"%s\":\"%s\"", (NR > 1 ? "," : ""), $1, $2}
		END {print "}}"}' > "$folder/VERSIONS.json"
}
# shellcheck disable=SC2086 # Lists of words on purpose.
describe "$dest" "\"nginxSha256\":\"$(sha256sum "$dest/bin/nginx" | cut -d ' ' -f 1)\"," $core
# shellcheck disable=SC2086
describe "$script" '' $scripting libc6
for name in nginx libcrypt1 openssl; do
	test -s "$dest/licences/$name" || echo "note: no licence text of its own in $name" >&2
done

# A file's age would otherwise change the layer's digest on every build.
find "$dest" "$script" -exec touch -h -d @0 {} +
