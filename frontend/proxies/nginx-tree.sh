#!/bin/sh
# Makes a self-contained nginx tree from Debian's packages: nginx-tree.sh DEST
#
# The binaries stay Debian's own, byte for byte (checked against the packages' md5sums), and run through the loader that
# is shipped beside them; so the tree works in an empty image, a musl one and a glibc one, and anybody can compare it
# with the distribution. Runs inside a Debian container with package lists present. Needs apt-get, dpkg-deb, md5sum.
set -eu
umask 022
dest=$1
packages='nginx libnginx-mod-http-headers-more-filter openssl libc6 libcrypt1 libpcre2-8-0 libssl3t64 zlib1g libzstd1'

# Below this the configuration that the frontend writes meets known holes: regex maps in strings (CVE-2026-42533), log
# evaluation (CVE-2026-93479) and others of November 2026. A stale mirror must not bring them back.
least=1.26.3-3+deb13u11

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/debs" "$work/root" "$work/control"
cd "$work/debs"
# shellcheck disable=SC2086 # A list of words on purpose.
apt-get download -q $packages
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
for name in nginx openssl libc6 libssl3t64; do
	md5sum --quiet --check "$work/control/$name/md5sums"
done

architecture=$(dpkg --print-architecture)
loader=$(find "$work/root/usr/lib" -name 'ld-linux-*.so.*' -type f | head -n 1)
libraries=$(dirname "$loader")
rm -rf "$dest"
mkdir -p "$dest/bin" "$dest/lib" "$dest/modules" "$dest/licences"
cp "$work/root/usr/sbin/nginx" "$work/root/usr/bin/openssl" "$dest/bin/"
cp "$work/root/usr/lib/nginx/modules/ngx_http_headers_more_filter_module.so" "$dest/modules/"
# One name on every architecture, so that the supervisor needs to know none.
cp "$loader" "$dest/lib/loader"
chmod 755 "$dest/lib/loader"

for file in "$dest"/bin/* "$dest"/modules/*.so; do
	"$loader" --inhibit-cache --library-path "$libraries" --list "$file"
done > "$work/needed"
awk '$2 == "=>" && $1 !~ /ld-linux/ {print $1, $3}' "$work/needed" | sort -u > "$work/libraries"
while read -r name path; do
	case $path in
		"$work"/root/*) cp -L "$path" "$dest/lib/$name" ;;
		*) echo "$name is in none of the packages ($path)" >&2; exit 1 ;;
	esac
done < "$work/libraries"

# The tree must be whole by itself: every library is looked up again, now by the shipped loader in the shipped folder.
for file in "$dest"/bin/* "$dest"/modules/*.so; do
	"$dest/lib/loader" --inhibit-cache --library-path "$dest/lib" --list "$file"
done | awk -v own="$dest/lib/" '$2 == "=>" && index($3, own) != 1 && $1 !~ /ld-linux/' > "$work/foreign"
if [ -s "$work/foreign" ]; then
	cat "$work/foreign" >&2
	exit 1
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
"$dest/lib/loader" --inhibit-cache --library-path "$dest/lib" --argv0 nginx "$dest/bin/nginx" -V 2>&1 | head -n 3
# A file's age would otherwise change the layer's digest on every build.
find "$dest" -exec touch -h -d @0 {} +
