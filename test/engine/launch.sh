#!/bin/sh
# Becomes a dockerd that lives in a private Debian root. Run as `unshare --mount --propagation private`
# so that every mount below is seen by this daemon and its children only, and goes away with them.
#
#   launch.sh ROOT HOME CERTIFICATES SNAPSHOTTER BRIDGE POOL MTU
#
# HOME holds data/ (images, kept), run/ (socket); its path is the same inside and outside.
set -eu
root=$1 home=$2 certificates=$3 store=$4 bridge=$5 pool=$6 mtu=$7

# dockerd must see / as a mount point: loading a layer fails on a plain chroot ("remount /, flags: 0x84000").
mount --bind "$root" "$root"

# `docker run -v /tmp/x:/x` names a path of the machine, so the machine's own folders are shown here,
# except those that belong to a Debian system and must come from the private root.
for folder in /*; do
	case $folder in
		/bin | /boot | /dev | /etc | /lib* | /proc | /run | /sbin | /sys | /usr | /var | /lost+found) continue ;;
	esac
	[ -d "$folder" ] && [ ! -L "$folder" ] || continue
	mkdir -p "$root$folder"
	mount --bind "$folder" "$root$folder"
done

mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mkdir -p "$root$home/run" "$root/var/lib/docker"
mount --bind "$home/run" "$root$home/run"
mount --bind "$home/data" "$root/var/lib/docker"

# A copy, not a link: /etc/resolv.conf of a machine often points into its own /run.
cat /etc/resolv.conf >"$root/run/resolv.conf"
: >>"$root/etc/resolv.conf"
mount --bind "$root/run/resolv.conf" "$root/etc/resolv.conf"
if [ -f "$certificates" ]; then
	cat "$certificates" >"$root/run/ca-certificates.crt"
	mount --bind "$root/run/ca-certificates.crt" "$root/etc/ssl/certs/ca-certificates.crt"
fi

cd "$root"
mkdir -p run/old
pivot_root . run/old
umount -l /run/old
# Builds of many runs would fill the disk and slow each start: their cache ends at 10 GB, the least used first.
printf '{"features":{"containerd-snapshotter":%s},"builder":{"gc":{"enabled":true,"policy":[{"all":true,"keepStorage":"10GB"}]}}}\n' \
	"$store" >/run/daemon.json

# A dockerd that starts empties the DOCKER chains of iptables, and takes the network away from the containers
# of any other dockerd on the machine. This one leaves iptables alone; firewall.ts lets its net out.
# Nothing of the caller's environment is meant for the daemon, least of all DOCKER_HOST.
exec env -i PATH=/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin \
	${HTTP_PROXY:+HTTP_PROXY="$HTTP_PROXY"} ${HTTPS_PROXY:+HTTPS_PROXY="$HTTPS_PROXY"} ${NO_PROXY:+NO_PROXY="$NO_PROXY"} \
	/usr/sbin/dockerd --config-file /run/daemon.json \
	--host "unix://$home/run/docker.sock" --group root --pidfile /run/docker.pid \
	--data-root /var/lib/docker --exec-root /run/docker \
	--bridge "$bridge" --default-address-pool "base=$pool,size=24" --mtu "$mtu" \
	--iptables=false --ip6tables=false \
	--exec-opt native.cgroupdriver=cgroupfs --cgroup-parent "/$bridge"
