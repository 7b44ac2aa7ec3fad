import {createHash} from 'node:crypto';
import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {DaemonError, reasonOf} from '../error.ts';
import {fieldsOf, text} from './shapes.ts';

/** Files by their paths, as `docker` keeps them in DOCKER_CERT_PATH. */
export interface EngineTls {
	readonly ca?: string;
	readonly cert?: string;
	readonly key?: string;
	/** False only where a context says that it skips this. */
	readonly verify: boolean;
}

/**
 * A context as `docker context create` keeps it: one folder named by the digest of its name for its description, one for
 * its certificates.
 * @throws {DaemonError} DOCKER_HOST_INVALID
 */
export function readContext(
	name: string,
	env: Readonly<Record<string, string | undefined>>,
): {readonly address: string; readonly tls: EngineTls | undefined} {
	if (!/^[a-zA-Z0-9][a-zA-Z0-9_.+-]*$/.test(name)) {
		refuse(`${JSON.stringify(name)} is no name of a Docker context`);
	}

	const folder = env['DOCKER_CONFIG'] ?? join(env['HOME'] ?? '/root', '.docker');
	const key = createHash('sha256').update(name).digest('hex');
	const file = join(folder, 'contexts', 'meta', key, 'meta.json');
	const endpoint = fieldsOf(fieldsOf(fieldsOf(readMeta(file, name))['Endpoints'])['docker']);
	const address = text(endpoint['Host']);
	if (address === '') {
		refuse(`The Docker context ${JSON.stringify(name)} in ${file} names no host of an engine`);
	}

	const tls = tlsIn(join(folder, 'contexts', 'tls', key, 'docker'), endpoint['SkipTLSVerify'] !== true);
	return {address, tls};
}

function readMeta(file: string, name: string): unknown {
	try {
		return JSON.parse(readFileSync(file, 'utf8'));
	} catch (cause) {
		return refuse(
			existsSync(file)
				? `The Docker context ${JSON.stringify(name)} cannot be read from ${file}: ${reasonOf(cause)}`
				: `There is no Docker context ${JSON.stringify(name)}: ${file} is missing; "docker context ls" lists those there are, and DOCKER_CONFIG names their folder`,
		);
	}
}

function tlsIn(folder: string, verify: boolean): EngineTls | undefined {
	const found = (['ca', 'cert', 'key'] as const).flatMap(kind => {
		const path = join(folder, `${kind}.pem`);
		return existsSync(path) ? [[kind, path] as const] : [];
	});
	return found.length === 0 ? undefined : {...Object.fromEntries(found), verify};
}

function refuse(message: string): never {
	throw new DaemonError('DOCKER_HOST_INVALID', message);
}
