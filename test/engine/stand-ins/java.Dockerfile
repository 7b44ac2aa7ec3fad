# Stands in for eclipse-temurin:21-jdk and :21-jre and maven:3-eclipse-temurin-21: Debian's OpenJDK and Maven in the
# official images' places, on Debian where those are on Ubuntu.
FROM debian:trixie-slim AS packages
# The packages link their manual pages into a folder that slim images lack.
RUN mkdir -p /usr/share/man/man1 \
 && apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates-java openjdk-21-jdk-headless maven \
 # Two of its links lead to packages that Debian does not have; Maven itself does without.
 && { cp -rL /usr/share/maven /maven || test -x /maven/bin/mvn; }

FROM packages AS jdk-tree
RUN { cp -rL /usr/lib/jvm/java-21-openjdk-* /made || test -x /made/bin/java; } && cp /etc/ssl/certs/java/cacerts /made/lib/security/cacerts

FROM debian:trixie-slim AS jre-packages
RUN mkdir -p /usr/share/man/man1 \
 && apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates-java openjdk-21-jre-headless
RUN { cp -rL /usr/lib/jvm/java-21-openjdk-* /made || test -x /made/bin/java; } && cp /etc/ssl/certs/java/cacerts /made/lib/security/cacerts

FROM debian:trixie-slim AS base
ENV JAVA_HOME=/opt/java/openjdk LANG=C.UTF-8 LC_ALL=C.UTF-8 JAVA_VERSION=jdk-21
ENV PATH=$JAVA_HOME/bin:$PATH
RUN apt-get update \
 && apt-get install -y --no-install-recommends binutils ca-certificates curl fontconfig gnupg libharfbuzz0b libjpeg62-turbo \
	liblcms2-2 libpcsclite1 locales p11-kit tzdata wget \
 && rm -rf /var/lib/apt/lists/*
COPY --chmod=755 <<'SCRIPT' /__cacert_entrypoint.sh
#!/bin/sh
exec "$@"
SCRIPT
ENTRYPOINT ["/__cacert_entrypoint.sh"]

FROM base AS jre
COPY --from=jre-packages /made /opt/java/openjdk
RUN java -version

FROM base AS jdk
COPY --from=jdk-tree /made /opt/java/openjdk
RUN java -version && javac -version
CMD ["jshell"]

FROM jdk AS maven
RUN apt-get update \
 && apt-get install -y --no-install-recommends bash git openssh-client procps \
 && rm -rf /var/lib/apt/lists/*
ENV MAVEN_HOME=/usr/share/maven MAVEN_CONFIG=/root/.m2
COPY --from=packages /maven /usr/share/maven
RUN ln -s /usr/share/maven/bin/mvn /usr/bin/mvn && mvn --version
COPY --chmod=755 <<'SCRIPT' /usr/local/bin/mvn-entrypoint.sh
#!/bin/sh
exec "$@"
SCRIPT
ENTRYPOINT ["/usr/local/bin/mvn-entrypoint.sh"]
CMD ["mvn"]
