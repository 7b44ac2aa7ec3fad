import {join} from 'node:path';
import {DaemonError} from '../error.ts';
import {type EngineTls, readContext} from './contexts.ts';

/** Where an engine is, and what it takes to talk to it. */
export interface EngineHost {
	/** What people call it: the context's name, or the address. */
	readonly name: string;
	/** `unix:///path` or `tcp://host:port` */
	readonly address: string;
	readonly tls?: EngineTls;
}

/** One entry of a list in the daemon's own file; a text is its `host`. */
export interface WrittenHost {
	readonly host: string;
	readonly name?: string;
	readonly ca?: string;
	readonly cert?: string;
	readonly key?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

const MAX_ENGINES = 16;

/**
 * The engines to be watched, each once: `unix:///path`, `tcp://host:port`, `context:NAME` or `rootless`, with commas between.
 * @throws {DaemonError} DOCKER_HOST_INVALID in one sentence that says what to write instead
 */
export function engineHosts(text: string, env: Environment): readonly EngineHost[] {
	const words = text.split(',').map(word => word.trim());
	return enginesOf(
		words.filter(word => word !== '').map(host => ({host})),
		env,
	);
}

/** @throws {DaemonError} DOCKER_HOST_INVALID */
export function enginesOf(written: readonly WrittenHost[], env: Environment): readonly EngineHost[] {
	if (written.length === 0 || written.length > MAX_ENGINES) {
		refuse(`${written.length} engines are named; from 1 to ${MAX_ENGINES} can be watched by one daemon`);
	}

	const hosts = written.map(each => named(hostOf(each, env), each.name));
	for (const [index, {name}] of hosts.entries()) {
		if (hosts.findIndex(each => each.name === name) !== index) {
			refuse(`The engine ${JSON.stringify(name)} is named twice; name each once`);
		}
	}

	return hosts;
}

function named(host: EngineHost, name: string | undefined): EngineHost {
	return name === undefined ? host : {...host, name: name.slice(0, 100)};
}

function hostOf(written: WrittenHost, env: Environment): EngineHost {
	const {host} = written;
	if (host.startsWith('context:')) {
		const name = host.slice('context:'.length);
		const {address, tls} = readContext(name, env);
		return addressed(name, address, tls);
	}

	if (host === 'rootless') {
		const runtime = env['XDG_RUNTIME_DIR'];
		return runtime === undefined || !runtime.startsWith('/')
			? refuse(
					'The Docker host rootless needs XDG_RUNTIME_DIR; write the socket itself, such as unix:///run/user/1000/docker.sock',
				)
			: {name: 'rootless', address: `unix://${join(runtime, 'docker.sock')}`};
	}

	return addressed(host, host, tlsOf(written, env));
}

function addressed(name: string, address: string, tls: EngineTls | undefined): EngineHost {
	if (address.startsWith('ssh://')) {
		refuse(
			`The Docker host ${JSON.stringify(address)} needs ssh, which this daemon does not speak; forward the socket with "ssh -nNT -L /run/engine.sock:/var/run/docker.sock USER@HOST" and write unix:///run/engine.sock`,
		);
	}

	const isUnix = /^unix:\/\/\/./.test(address);
	const isTcp = /^tcp:\/\/[^/:]+:\d{1,5}$/.test(address);
	if (!isUnix && !isTcp) {
		refuse(
			`The Docker host ${JSON.stringify(address)} is neither unix:///path nor tcp://host:port nor context:NAME nor rootless`,
		);
	}

	return isTcp && tls !== undefined ? {name, address, tls} : {name, address};
}

/** What the entry itself says, or else the folder that Docker's own variables name. */
function tlsOf({ca, cert, key}: WrittenHost, env: Environment): EngineTls | undefined {
	if (ca !== undefined || cert !== undefined || key !== undefined) {
		return {
			...(ca !== undefined && {ca}),
			...(cert !== undefined && {cert}),
			...(key !== undefined && {key}),
			verify: true,
		};
	}

	const folder = env['DOCKER_CERT_PATH'];
	const isAsked = (env['DOCKER_TLS_VERIFY'] ?? '') !== '' || (env['DOCKER_TLS'] ?? '') !== '';
	return folder === undefined || folder === '' || !isAsked
		? undefined
		: {
				ca: join(folder, 'ca.pem'),
				cert: join(folder, 'cert.pem'),
				key: join(folder, 'key.pem'),
				verify: (env['DOCKER_TLS_VERIFY'] ?? '') !== '',
			};
}

function refuse(message: string): never {
	throw new DaemonError('DOCKER_HOST_INVALID', message);
}
