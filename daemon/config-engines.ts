import {existsSync} from 'node:fs';
import {isScalar, isSeq} from 'yaml';
import {type EngineHost, engineHosts, enginesOf, type WrittenHost} from './docker/hosts.ts';
import {DaemonError} from './error.ts';
import {type Item, listItem, mapItem, openKey, refuseItem, textItem} from './tell/door.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const MAX_ENGINES = 16;
const USUAL = '/var/run/docker.sock';

/** What a list under `docker-host` names; undefined where the key is absent or a text like any other option. */
export function writtenEngines(text: string, file: string): readonly WrittenHost[] | undefined {
	const item = openKey(text, file, 'docker-host');
	return item === undefined || !isSeq(item.node) ? undefined : listItem(item, MAX_ENGINES).map(writtenHost);
}

/**
 * The engines to be watched, by the first that names any. Where nothing was said and the usual socket is missing, a rootless one of whoever runs the daemon
 * is taken.
 * @throws {DaemonError} CONFIG_INVALID
 */
export function enginesIn(
	sources: readonly (string | readonly WrittenHost[] | undefined)[],
	env: Environment,
): readonly EngineHost[] {
	const said = sources.find(each => each !== undefined && each !== '');
	try {
		if (said === undefined) {
			const rootless = `${env['XDG_RUNTIME_DIR'] ?? ''}/docker.sock`;
			const isRootless = rootless !== '/docker.sock' && !existsSync(USUAL) && existsSync(rootless);
			return engineHosts(`unix://${isRootless ? rootless : USUAL}`, env);
		}

		return typeof said === 'string' ? engineHosts(said, env) : enginesOf(said, env);
	} catch (error) {
		if (error instanceof DaemonError) {
			throw new DaemonError('CONFIG_INVALID', error.message, {cause: error});
		}

		throw error;
	}
}

function writtenHost(item: Item): WrittenHost {
	if (isScalar(item.node)) {
		return {host: textItem(item, HOST)};
	}

	const {host, name, ca, cert, key} = mapItem(item, ['host', 'name', 'ca', 'cert', 'key']);
	if ((cert === undefined) !== (key === undefined)) {
		refuseItem(item, 'has a certificate without its key, or a key without its certificate');
	}

	return {
		host: textItem(host ?? refuseItem(item, 'needs a host'), HOST),
		...(name !== undefined && {name: textItem(name, NAME)}),
		...(ca !== undefined && {ca: textItem(ca, FILE)}),
		...(cert !== undefined && {cert: textItem(cert, FILE)}),
		...(key !== undefined && {key: textItem(key, FILE)}),
	};
}

const HOST = {is: 'is unix:///path, tcp://host:port, context:NAME or rootless'};
const NAME = {pattern: /^[\x21-\x7e]{1,100}$/, is: 'is a name without spaces'};
const FILE = {pattern: /^\//, is: 'is a path that begins with /'};
