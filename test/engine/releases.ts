/** Debian releases whose docker.io we can run: Engine 20.10 (below our floor), 26.1 and 28.5. */
export type Suite = 'bookworm' | 'trixie' | 'forky';

/** What a private root holds beside a minimal Debian. BuildKit runs git itself to build from a repository. */
export const packages: Readonly<Record<Suite, readonly string[]>> = {
	// Its client is part of docker.io, and it has no buildx; clients come from the newest root anyway.
	bookworm: ['docker.io', 'git', 'iptables', 'ca-certificates'],
	trixie: ['docker.io', 'docker-cli', 'docker-buildx', 'git', 'iptables', 'ca-certificates'],
	forky: ['docker.io', 'docker-cli', 'docker-buildx', 'git', 'iptables', 'ca-certificates'],
};
