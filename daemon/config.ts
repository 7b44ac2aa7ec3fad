import {readFileSync} from 'node:fs';
import {parseArgs} from 'node:util';
import {parseDocument} from 'yaml';
import {writtenContainers} from './config-containers.ts';
import {enginesIn, writtenEngines} from './config-engines.ts';
import type {Described} from './docker/describe.ts';
import type {EngineHost, WrittenHost} from './docker/hosts.ts';
import {DaemonError, reasonOf} from './error.ts';
import {type AlertSettings, readAlerts} from './tell/config.ts';

/** Everything the daemon is told, complete and checked. */
export interface Config {
	/** Folder of log, keys and lock; made if missing. */
	readonly state: string;
	/** Unix socket of the API. */
	readonly socket: string;
	/** TCP address of the API, `host:port`. */
	readonly listen: string;
	/** Policy bundle; the built-in `baseline` when absent. */
	readonly policy: string | undefined;
	/** The engines to be watched; at least one. */
	readonly engines: readonly EngineHost[];
	/** What is said of containers without a contract. */
	readonly containers: readonly Described[];
	/** Name of the log, without a scheme, as C2SP wants origins. */
	readonly origin: string;
	/** How long after an event its container is left alone, in milliseconds. */
	readonly debounceMs: number;
	/** Between two looks at the same container, in milliseconds. */
	readonly intervalMs: number;
	/** PEM file of certificates to trust besides Node's. */
	readonly trust: string | undefined;
	/** Folder of build attestations that release jobs signed. */
	readonly attestations: string | undefined;
	/** URL of the store that the log lies in; undefined for a file in the state folder. It may hold a password. */
	readonly store: string | undefined;
	/** Folder outside of this host for the log's checkpoints. */
	readonly anchor: string | undefined;
	readonly logLevel: LogLevel;
	/** Whether a policy that says so may pause or disconnect a container. */
	readonly containment: boolean;
	/** Who is told what; from the file alone. */
	readonly alerts: AlertSettings | undefined;
}

export const logLevels = ['error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof logLevels)[number];

/** One line per option: key in YAML, flag, variable of the environment, default, and a word of help. */
export const options = {
	state: {env: 'SALLYPORT_STATE', fallback: '/var/lib/sallyport', help: 'folder of log, keys and lock'},
	socket: {env: 'SALLYPORT_SOCKET', fallback: '/run/sallyport/api.sock', help: 'Unix socket of the API'},
	listen: {env: 'SALLYPORT_LISTEN', fallback: '127.0.0.1:7443', help: 'address of the API'},
	policy: {env: 'SALLYPORT_POLICY', fallback: '', help: 'policy bundle, a YAML file (default: baseline)'},
	'docker-host': {
		env: 'DOCKER_HOST',
		fallback: 'unix:///var/run/docker.sock',
		help: 'engines to watch, with commas between',
	},
	origin: {env: 'SALLYPORT_ORIGIN', fallback: '', help: 'name of the log (default: made from the host id)'},
	store: {
		env: 'SALLYPORT_STORE',
		fallback: '',
		help: 'where the log lies, postgresql://USER@HOST/DATABASE (default: a file in the state folder)',
	},
	'debounce-ms': {env: 'SALLYPORT_DEBOUNCE_MS', fallback: '250', help: 'wait after an event'},
	interval: {
		env: 'SALLYPORT_INTERVAL',
		fallback: '60',
		help: 'seconds between two roll calls; a control is asked every 5, 15, 60 or 1440 of them',
	},
	trust: {env: 'SALLYPORT_TRUST', fallback: '', help: 'PEM file of certificates to trust'},
	attestations: {
		env: 'SALLYPORT_ATTESTATIONS',
		fallback: '',
		help: 'folder of build attestations that release jobs signed',
	},
	anchor: {
		env: 'SALLYPORT_ANCHOR',
		fallback: '',
		help: 'folder on another host that keeps a checkpoint of the log every hour',
	},
	containment: {
		env: 'SALLYPORT_CONTAINMENT',
		fallback: 'off',
		help: 'on: an approved policy may pause or disconnect a container',
	},
	'log-level': {env: 'SALLYPORT_LOG_LEVEL', fallback: 'info', help: logLevels.join(', ')},
} as const satisfies Readonly<
	Record<string, {readonly env: string; readonly fallback: string; readonly help: string}>
>;

type Key = keyof typeof options;
type Raw = Readonly<Record<Key, string>>;

const keys = Object.keys(options) as Key[]; // The table's own keys.

/**
 * Flags over environment over `--config FILE` over defaults.
 * @throws {DaemonError} CONFIG_INVALID naming what is wrong and where
 */
export function readConfig(
	argv: readonly string[],
	env: Readonly<Record<string, string | undefined>>,
): Config {
	const flags = readFlags(argv);
	const file = flags['config'] ?? env['SALLYPORT_CONFIG'];
	const {written, alerts, engines, containers} = file === undefined ? nothing : readFile(file);
	const raw = Object.fromEntries(
		keys.map(key => [
			key,
			flags[key] ?? (env[options[key].env] || undefined) ?? written[key] ?? options[key].fallback,
		]),
	) as Raw; // Every key was filled just above.
	return {
		state: pathOf('state', raw),
		socket: pathOf('socket', raw),
		listen: listenOf(raw.listen),
		policy: raw.policy || undefined,
		engines: enginesIn(
			[flags['docker-host'], env[options['docker-host'].env], engines, written['docker-host']],
			env,
		),
		containers,
		origin: originOf(raw.origin),
		debounceMs: numberOf('debounce-ms', raw, 0, 60_000),
		intervalMs: numberOf('interval', raw, 1, 86_400) * 1000,
		trust: raw.trust || undefined,
		attestations: raw.attestations || undefined,
		store: raw.store || undefined,
		anchor: raw.anchor || undefined,
		logLevel:
			logLevels.find(level => level === raw['log-level']) ??
			refuse(`--log-level is one of ${logLevels.join(', ')}`),
		containment:
			raw.containment === 'on' || raw.containment === 'off'
				? raw.containment === 'on'
				: refuse(`--containment ${JSON.stringify(raw.containment)} is neither on nor off`),
		alerts,
	};
}

/** What `--help` prints. */
export function configHelp(): string {
	const lines = keys.map(key => `  --${key.padEnd(14)} ${options[key].help} [${options[key].env}]`);
	return [
		'Usage: sallyport daemon [options]',
		'',
		...lines,
		'  --config         YAML file with the same keys, with alerts and with containers',
		'',
	].join('\n');
}

function readFlags(argv: readonly string[]): Readonly<Record<string, string | undefined>> {
	try {
		const known = Object.fromEntries([...keys, 'config'].map(key => [key, {type: 'string' as const}]));
		return parseArgs({args: [...argv], options: known, strict: true}).values as Record<
			string,
			string | undefined
		>;
	} catch (error) {
		return refuse(reasonOf(error).split('. To specify')[0] ?? '');
	}
}

interface Written {
	readonly written: Readonly<Record<string, string>>;
	readonly alerts: AlertSettings | undefined;
	readonly engines: readonly WrittenHost[] | undefined;
	readonly containers: readonly Described[];
}

const nothing: Written = {written: {}, alerts: undefined, engines: undefined, containers: []};

function readFile(path: string): Written {
	let text: string;
	try {
		text = readFileSync(path, 'utf8');
	} catch (error) {
		return refuse(`${path} cannot be read: ${reasonOf(error)}`);
	}

	const value = mappingOf(text, path);
	const engines = writtenEngines(text, path);
	const apart = ['alerts', 'containers', ...(engines === undefined ? [] : ['docker-host'])];
	const others = Object.entries(value).filter(([key]) => !apart.includes(key));
	const entries = others.map(([key, each]) => {
		if (!Object.hasOwn(options, key)) {
			refuse(
				`${path} has the unknown key ${JSON.stringify(key)}; known are ${keys.join(', ')}, alerts, containers`,
			);
		}

		return typeof each === 'string' || typeof each === 'number'
			? [key, String(each)]
			: refuse(`${path}: ${key} is neither text nor a number`);
	});
	return {
		written: Object.fromEntries(entries),
		alerts: readAlerts(text, path),
		engines,
		containers: writtenContainers(text, path),
	};
}

function mappingOf(text: string, path: string): object {
	const document = parseDocument(text, {uniqueKeys: true});
	const [problem] = document.errors;
	try {
		// No aliases: a configuration has no use for them. The library throws for one, and for nothing else.
		const value: unknown = problem === undefined ? (document.toJS({maxAliasCount: 0}) ?? {}) : undefined;
		if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
			return value;
		}
	} catch (error) {
		return refuse(`${path} cannot be read: ${reasonOf(error)}`);
	}

	return refuse(`${path} is not a YAML mapping${problem === undefined ? '' : `: ${reasonOf(problem)}`}`);
}

function pathOf(key: 'state' | 'socket', raw: Raw): string {
	return raw[key].startsWith('/')
		? raw[key]
		: refuse(`--${key} ${JSON.stringify(raw[key])} is not an absolute path`);
}

function listenOf(text: string): string {
	const port = Number(/^(?:\[[0-9a-fA-F:]+\]|[^\s:/]+):(\d{1,5})$/.exec(text)?.[1] ?? Number.NaN);
	return port <= 65_535 ? text : refuse(`--listen ${JSON.stringify(text)} is not host:port`);
}

function originOf(text: string): string {
	return /^[\x21-\x2a\x2c-\x7e]{0,200}$/.test(text) && !text.includes('://')
		? text
		: refuse(
				`--origin ${JSON.stringify(text)} has a scheme, a space or a plus; write a name such as logs.example.org/web1`,
			);
}

function numberOf(key: 'debounce-ms' | 'interval', raw: Raw, min: number, max: number): number {
	const value = /^\d+$/.test(raw[key]) ? Number(raw[key]) : Number.NaN;
	return value >= min && value <= max
		? value
		: refuse(`--${key} ${JSON.stringify(raw[key])} is not a number from ${min} to ${max}`);
}

function refuse(message: string): never {
	throw new DaemonError('CONFIG_INVALID', message);
}
