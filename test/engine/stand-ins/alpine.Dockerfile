# Stands in for alpine:3.22: a root with musl and busybox and without glibc. It has no apk.
FROM debian:trixie-slim AS packages
RUN apt-get update && apt-get install -y --no-install-recommends musl busybox-static ca-certificates
RUN mkdir -p /made/bin /made/sbin /made/lib /made/usr/bin /made/usr/sbin /made/usr/lib /made/etc/ssl/certs \
	/made/dev /made/proc /made/sys /made/run /made/mnt /made/opt /made/srv /made/home /made/var/log /made/root \
 && mkdir -m 1777 /made/tmp /made/var/tmp \
 && machine=$(uname -m) \
 && cp "/usr/lib/${machine}-linux-musl/libc.so" "/made/lib/ld-musl-${machine}.so.1" \
 && ln -s "ld-musl-${machine}.so.1" "/made/lib/libc.musl-${machine}.so.1" \
 && cp /bin/busybox /made/bin/busybox \
 && busybox --list-full | grep -v '^bin/busybox$' | while read -r applet; do ln -s /bin/busybox "/made/$applet"; done \
 && cp /etc/ssl/certs/ca-certificates.crt /made/etc/ssl/certs/ca-certificates.crt \
 && ln -s certs/ca-certificates.crt /made/etc/ssl/cert.pem \
 && echo 3.22.0 >/made/etc/alpine-release \
 && printf 'NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.22.0\nPRETTY_NAME="Alpine Linux v3.22 (stand-in)"\n' >/made/etc/os-release \
 && printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/sbin/nologin\n' >/made/etc/passwd \
 && printf 'root:x:0:root\nnobody:x:65534:\n' >/made/etc/group \
 && printf '/bin/sh\n' >/made/etc/shells

FROM scratch
COPY --from=packages /made /
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
CMD ["/bin/sh"]
