import {DaemonError, reasonOf} from '../error.ts';
import {orAborted} from '../or-aborted.ts';
import {dockerOf} from './client.ts';
import {failureOf} from './failure.ts';
import {fieldsOf} from './shapes.ts';

/** How an engine is set up, as far as it tells. */
export interface EngineInfo {
	readonly version: string;
	/** `inactive` where the engine is no member of a swarm. */
	readonly swarm: string;
	readonly liveRestore: boolean;
	readonly experimental: boolean;
	/** Names and address ranges of registries that need no valid certificate. Loopback is always among them. */
	readonly insecureRegistries: readonly string[];
	/** `seccomp`, `apparmor`, `selinux`, `userns`, `rootless`, … without their details. */
	readonly security: readonly string[];
	/** What the engine itself warns of; an API that listens without TLS is said here. */
	readonly warnings: readonly string[];
	readonly loggingDriver: string;
	readonly cgroupVersion: string;
	/** Where the engine keeps images and containers. */
	readonly root: string;
	/** Whether containers of the default bridge may talk to each other; undefined where the network cannot be asked. */
	readonly interContainer: boolean | undefined;
}

/** An engine that takes longer for this has other worries. */
const ANSWER_MS = 5000;
const MAX_ITEMS = 64;
const MAX_CHARS = 300;

/** @throws {DaemonError} `DOCKER_BAD_REPLY` where the engine, or a proxy before it, does not answer the question */
export async function readEngineInfo(
	host: Parameters<typeof dockerOf>[0],
	signal: AbortSignal,
): Promise<EngineInfo> {
	const docker = dockerOf(host);
	const abortSignal = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]);
	// The library takes no signal for these questions.
	const [info, bridge] = await Promise.all([
		orAborted(docker.info(), abortSignal).catch((cause: unknown) => {
			const failure = failureOf(cause, typeof host === 'string' ? host : host.address);
			if (failure instanceof DaemonError && failure.code === 'DOCKER_FORBIDDEN') {
				throw failure;
			}

			throw new DaemonError(
				'DOCKER_BAD_REPLY',
				`The engine does not say how it is set up: ${reasonOf(cause)}`,
				{
					cause,
				},
			);
		}),
		// Rootless engines and those without a bridge have none; a socket proxy may keep it back.
		orAborted(docker.getNetwork('bridge').inspect(), abortSignal).catch(() => undefined),
	]);
	return parseEngineInfo(info, bridge);
}

/** The engine's answers → EngineInfo. What is not there is taken for what is worse. */
export function parseEngineInfo(info: unknown, bridge?: unknown): EngineInfo {
	const root = fieldsOf(info);
	const options = fieldsOf(fieldsOf(bridge)['Options']);
	const icc = options['com.docker.network.bridge.enable_icc'];
	return {
		version: text(root['ServerVersion']),
		swarm: text(fieldsOf(root['Swarm'])['LocalNodeState']) || 'inactive',
		liveRestore: root['LiveRestoreEnabled'] === true,
		experimental: root['ExperimentalBuild'] === true,
		insecureRegistries: insecureIn(fieldsOf(root['RegistryConfig'])),
		security: texts(root['SecurityOptions']).map(option => /^(?:name=)?([a-z]+)/.exec(option)?.[1] ?? option),
		warnings: texts(root['Warnings']),
		loggingDriver: text(root['LoggingDriver']),
		cgroupVersion: text(root['CgroupVersion']),
		root: text(root['DockerRootDir']),
		interContainer: typeof icc === 'string' ? icc !== 'false' : undefined,
	};
}

/** An index that is not secure, and ranges of addresses whose registries need not be. */
function insecureIn(config: Readonly<Record<string, unknown>>): readonly string[] {
	const indexes = Object.values(fieldsOf(config['IndexConfigs']))
		.map(fieldsOf)
		.filter(({Secure: isSecure}) => isSecure === false)
		.map(({Name: name}) => text(name));
	return [...texts(config['InsecureRegistryCIDRs']), ...indexes].slice(0, MAX_ITEMS);
}

function texts(value: unknown): readonly string[] {
	return (Array.isArray(value) ? value : []).slice(0, MAX_ITEMS).map(text);
}

function text(value: unknown): string {
	return typeof value === 'string' ? value.slice(0, MAX_CHARS).toWellFormed() : '';
}
