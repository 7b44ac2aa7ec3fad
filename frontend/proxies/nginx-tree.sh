#!/bin/sh
# Makes a self-contained nginx tree from Debian's packages: nginx-tree.sh DEST [ARCHITECTURE]
#
# The binaries stay Debian's own, byte for byte (checked against the packages' md5sums), and run through the loader that
# is shipped beside them; so the tree works in an empty image, a musl one and a glibc one, and anybody can compare it
# with the distribution. Runs inside a Debian container with package lists present, of the architecture too. Needs apt-get,
# dpkg-deb, md5sum, readelf.
set -eu
umask 022
dest=$1
own=$(dpkg --print-architecture)
architecture=${2:-$own}
packages='nginx libnginx-mod-http-headers-more-filter openssl libc6 libcrypt1 libpcre2-8-0 libssl3t64 zlib1g libzstd1'

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
rm -rf "$dest"
mkdir -p "$dest/bin" "$dest/lib" "$dest/modules" "$dest/licences"
cp "$work/root/usr/sbin/nginx" "$work/root/usr/bin/openssl" "$dest/bin/"
cp "$work/root/usr/lib/nginx/modules/ngx_http_headers_more_filter_module.so" "$dest/modules/"
# One name on every architecture, so that the supervisor needs to know none.
cp "$loader" "$dest/lib/loader"
chmod 755 "$dest/lib/loader"

# Every library that a program names, and those that these name, until none is new. Read, not run: it may be for another processor.
needed_by() { readelf --dynamic --wide "$@" | sed -n 's/.*(NEEDED).*\[\(.*\)\]$/\1/p' | grep -v '^ld-linux' | sort -u; }
needed_by "$dest"/bin/* "$dest"/modules/*.so > "$work/needed"
while [ -s "$work/needed" ]; do
	while read -r name; do
		test -e "$libraries/$name" || { echo "$name is in none of the packages" >&2; exit 1; }
		cp -L "$libraries/$name" "$dest/lib/$name"
	done < "$work/needed"
	needed_by "$dest"/lib/*.so.* | while read -r name; do
		test -e "$dest/lib/$name" || echo "$name"
	done > "$work/needed"
done

# The tree must be whole by itself: where it runs, its own loader looks every library up again, in its own folder.
if [ "$architecture" = "$own" ]; then
	for file in "$dest"/bin/* "$dest"/modules/*.so; do
		"$dest/lib/loader" --inhibit-cache --library-path "$dest/lib" --list "$file"
	done | awk -v own="$dest/lib/" '$2 == "=>" && index($3, own) != 1 && $1 !~ /ld-linux/' > "$work/foreign"
	if [ -s "$work/foreign" ]; then
		cat "$work/foreign" >&2
		exit 1
	fi
	"$dest/lib/loader" --inhibit-cache --library-path "$dest/lib" --argv0 nginx "$dest/bin/nginx" -V 2>&1 | head -n 3
fi

while read -r name _; do
	if [ -f "$work/root/usr/share/doc/$name/copyright" ]; then
		cp -L "$work/root/usr/share/doc/$name/copyright" "$dest/licences/$name"
	fi
done < "$work/versions"
for name in nginx libcrypt1 openssl; do
	test -s "$dest/licences/$name" || echo "note: no licence text of its own in $name" >&2
done

{
	printf '{"suite":"trixie","architecture":"%s","nginxSha256":"%s","packages":{' \
		"$architecture" "$(sha256sum "$dest/bin/nginx" | cut -d ' ' -f 1)"
	awk '{printf "%s\"%s\":\"%s\"", (NR > 1 ? "," : ""), $1, $2}' "$work/versions"
	printf '}}\n'
} > "$dest/VERSIONS.json"
# A file's age would otherwise change the layer's digest on every build.
find "$dest" -exec touch -h -d @0 {} +
