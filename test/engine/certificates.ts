import {existsSync, globSync, readFileSync} from 'node:fs';

/**
 * The authorities that somebody added to this machine, as PEM texts: behind a proxy that opens TLS, npm inside
 * `RUN` needs them as much as npm outside. Empty on most machines.
 *
 * @param env where `NODE_EXTRA_CA_CERTS` is looked up; a file of the whole system's authorities is not taken,
 * since it holds nothing that the folder below does not
 */
export function addedCertificates(env: NodeJS.ProcessEnv): string[] {
	const named = env['NODE_EXTRA_CA_CERTS'] ?? '';
	const files = [
		...globSync('/usr/local/share/ca-certificates/**/*.crt').sort(),
		...(named !== '' && !named.startsWith('/etc/ssl/certs/') && existsSync(named) ? [named] : []),
	];
	const texts = files.flatMap(
		file =>
			readFileSync(file, 'utf8').match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [],
	);
	return [...new Set(texts)];
}
