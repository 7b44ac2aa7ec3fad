# Stands in for gcr.io/distroless/static-debian12 and its tag nonroot: no shell, no libc, no package manager; certificates, time zones
# and the system's tables, and what dpkg knew of them one file each.
FROM debian:bookworm-slim AS packages
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates media-types netbase tzdata
RUN mkdir -p /made/etc/ssl/certs /made/root /made/home /made/usr/share /made/var/lib/dpkg/status.d \
 && mkdir -m 1777 /made/tmp \
 && install -d -m 700 -o 65532 -g 65532 /made/home/nonroot \
 && cp /etc/ssl/certs/ca-certificates.crt /made/etc/ssl/certs/ \
 && cp /usr/lib/os-release /made/etc/os-release \
 && cp /etc/mime.types /etc/ethertypes /etc/protocols /etc/rpc /etc/services /made/etc/ \
 && cp -r /usr/share/zoneinfo /made/usr/share/ \
 && for name in base-files media-types netbase tzdata; do dpkg-query -s "$name" >"/made/var/lib/dpkg/status.d/$name"; done \
 && printf 'root:x:0:0:root:/root:/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n' >/made/etc/passwd \
 && printf 'root:x:0:\nnobody:x:65534:\ntty:x:5:\nstaff:x:50:\nnonroot:x:65532:\n' >/made/etc/group \
 && printf 'hosts: files dns\n' >/made/etc/nsswitch.conf

FROM scratch AS root
COPY --from=packages /made /
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
USER 0
WORKDIR /

FROM root AS nonroot
USER 65532
WORKDIR /home/nonroot
