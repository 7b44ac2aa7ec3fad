import {isRuleId, type RuleId} from '../policies/rules/index.ts';
import {FrontendError} from './error.ts';
import {type Engine, engines} from './proxies/engine.ts';
import {noRepair, repairs} from './switched-off.ts';

/** Steps that a build can show instead of building. */
export const steps = ['findings', 'plan', 'dockerfile', 'diff', 'contract'] as const;
export type Step = (typeof steps)[number];

export interface Platform {
	readonly os: string;
	readonly architecture: string;
	readonly variant?: string;
}

/** What BuildKit and the user ask of this build, read once. `raw` is what the delegate gets, edited. */
export interface Options {
	readonly raw: ReadonlyMap<string, string>;
	/** Path of the Dockerfile inside its source. */
	readonly filename: string;
	readonly target: string | undefined;
	readonly buildArgs: ReadonlyMap<string, string>;
	/** Platforms that were asked for; empty means the builder's own. */
	readonly platforms: readonly Platform[];
	/** A git or http(s) URL, when the context is one. */
	readonly remoteContext: {readonly key: string; readonly url: string} | undefined;
	/** Name of the client's directory that holds the Dockerfile. */
	readonly dockerfileLocal: string;
	/** True when the client insists on that directory, even if a `dockerfile` input exists. */
	readonly isDockerfileLocalForced: boolean;
	readonly contextLocal: string;
	/** Folder inside a remote context. */
	readonly contextSubdir: string;
	/** A question such as `frontend.lint` in place of a build. */
	readonly request: string | undefined;
	readonly session: (local: string) => string;
	/** Names an approved bundle, when the build does. */
	readonly policy: string | undefined;
	/** The bundle of a build that names none: whoever made this frontend's image may say so in its environment. */
	readonly usualPolicy: string | undefined;
	readonly proxy: Engine | 'none' | undefined;
	/** Where an engine's tree comes from, when whoever made this frontend's image says so in its environment. */
	/** Where a proxy in an image of its own reaches the application; absent: where they share the loopback device. */
	readonly upstream: {readonly host: string; readonly port: number | undefined} | undefined;
	readonly proxyImage: (engine: string, usual: string) => string;
	readonly show: Step | undefined;
	/** Repairs that this build does without, by their rules. */
	readonly switchedOff: ReadonlySet<RuleId>;
	/** Where the builder runs; what `FROM` gets without `--platform`. */
	readonly builder: Platform;
	/** BuildKit's resolve mode for images: default, pull or local. */
	readonly resolveMode: string;
}

const OPTION = 'BUILDKIT_FRONTEND_OPT_';
const DEFAULT_PLATFORM: Platform = {os: 'linux', architecture: 'amd64'};

/**
 * The process environment that BuildKit starts a frontend with → Options.
 * @throws {FrontendError} FRONTEND_BAD_OPTION for values of ours that mean nothing
 */
export function readOptions(environment: Readonly<Record<string, string | undefined>>): Options {
	const raw = rawOptions(environment);
	const contextKey = raw.get('contextkey') ?? 'context';
	const url = raw.get(contextKey) ?? '';
	const sessionId = environment['BUILDKIT_SESSION_ID'] ?? '';
	const buildArgs = withPrefix(raw, 'build-arg:');
	const text = (key: string, fallback: string): string => raw.get(key) ?? fallback;
	return {
		raw,
		filename: text('filename', 'Dockerfile'),
		target: raw.get('target') || undefined,
		buildArgs,
		platforms: text('platform', '').split(',').filter(Boolean).map(platformOf),
		remoteContext: isRemote(url) ? {key: contextKey, url} : undefined,
		dockerfileLocal: text('dockerfilekey', 'dockerfile'),
		isDockerfileLocalForced: raw.has('dockerfilekey'),
		contextLocal: contextKey,
		contextSubdir: text('contextsubdir', ''),
		request: raw.get('requestid') || undefined,
		session: local => text(`local-sessionid:${local}`, sessionId),
		policy: buildArgs.get('SALLYPORT_POLICY') || undefined,
		usualPolicy: environment['SALLYPORT_POLICY'] || undefined,
		proxy: oneOf('SALLYPORT_PROXY', [...engines, 'none'], buildArgs.get('SALLYPORT_PROXY')),
		upstream: upstreamOf(buildArgs.get('SALLYPORT_UPSTREAM') ?? ''),
		proxyImage: (engine, usual) => environment[`SALLYPORT_PROXY_${engine.toUpperCase()}`] || usual,
		show: oneOf('SALLYPORT_SHOW', steps, buildArgs.get('SALLYPORT_SHOW')),
		switchedOff: switchedOffBy(buildArgs.get('SALLYPORT_REWRITE') ?? ''),
		builder: builderOf(environment['BUILDKIT_WORKERS']),
		resolveMode: text('image-resolve-mode', 'default'),
	};
}

function rawOptions(environment: Readonly<Record<string, string | undefined>>): ReadonlyMap<string, string> {
	const raw = new Map<string, string>();
	for (const [name, text] of Object.entries(environment)) {
		// Only the first `=` separates: values may hold more of them, and line breaks.
		const at = text?.indexOf('=') ?? -1;
		if (name.startsWith(OPTION) && text !== undefined && at > 0) {
			raw.set(text.slice(0, at), text.slice(at + 1));
		}
	}

	return raw;
}

/** Build arguments that steer this frontend. The delegate never sees them: it would call them unused. */
export function isOwnArgument(key: string): boolean {
	return key.startsWith('build-arg:SALLYPORT_');
}

/** `os/architecture[/variant]` → Platform. A bare word is an architecture, as BuildKit reads it. */
export function platformOf(text: string): Platform {
	const [first = '', second, variant] = text.split('/');
	const [os, architecture] = second === undefined ? ['linux', first] : [first, second];
	return {os, architecture, ...(variant === undefined ? {} : {variant})};
}

/** For which an image is built: those that were asked for, else the builder's own. */
export function platformsOf({platforms, builder}: Options): readonly Platform[] {
	return platforms.length === 0 ? [builder] : platforms;
}

/** Names of `--build-context`, without the platform that one may be for. */
export function contextNames({raw}: Options): ReadonlySet<string> {
	const keys = [...raw.keys()].filter(key => key.startsWith('context:'));
	return new Set(keys.map(key => key.slice('context:'.length).split('::')[0] ?? ''));
}

/** `linux/arm64/v8`, as BuildKit names platforms in option keys. */
export function platformName({os, architecture, variant}: Platform): string {
	return [os, architecture, ...(variant === undefined ? [] : [variant])].join('/');
}

function withPrefix(raw: ReadonlyMap<string, string>, prefix: string): ReadonlyMap<string, string> {
	return new Map(
		[...raw]
			.filter(([key]) => key.startsWith(prefix))
			.map(([key, value]) => [key.slice(prefix.length), value]),
	);
}

// What BuildKit's own frontend takes for a remote context.
function isRemote(url: string): boolean {
	return /^(?:git:\/\/|git@|ssh:\/\/|https?:\/\/|github\.com\/)/.test(url);
}

function oneOf<const T extends string>(
	name: string,
	allowed: readonly T[],
	value: string | undefined,
): T | undefined {
	if (value === undefined || value === '') {
		return undefined;
	}

	const found = allowed.find(candidate => candidate === value);
	if (found === undefined) {
		const given = JSON.stringify(value.slice(0, 40));
		throw new FrontendError(
			'FRONTEND_BAD_OPTION',
			`${name}=${given} means nothing here; it is one of ${allowed.join(', ')}`,
		);
	}

	return found;
}

/** `app`, `app:3000`, `[fd00::1]:3000`: a host, and a port where it is not the application's own. */
function upstreamOf(text: string): Options['upstream'] {
	if (text === '') {
		return undefined;
	}

	const [, six, name, digits] =
		/^(?:\[([0-9a-fA-F:.]{2,45})\]|([A-Za-z0-9][A-Za-z0-9._-]{0,252}))(?::([1-9]\d{0,4}))?$/.exec(text) ?? [];
	const host = six ?? name;
	const port = digits === undefined ? undefined : Number(digits);
	if (host === undefined || (port ?? 1) > 65_535) {
		const given = JSON.stringify(text.slice(0, 60));
		throw new FrontendError(
			'FRONTEND_BAD_OPTION',
			`SALLYPORT_UPSTREAM=${given} is no host with or without a port, such as application or application:3000`,
		);
	}

	return {host, port};
}

/** `-merged-runs,-cache-mounts`: without these. `merged-runs`: with no others. `none`: without any. */
function switchedOffBy(text: string): ReadonlySet<RuleId> {
	const words = text
		.split(',')
		.map(word => word.trim())
		.filter(word => word !== '' && word !== 'none');
	const without = words.filter(word => word.startsWith('-'));
	const named = words.map(word => repairCalled(word.replace(/^-/, '')));
	if (without.length > 0 && without.length < words.length) {
		throw badRewrite(
			'it names repairs with a minus, which are left out, or without, which are the only ones; not both',
		);
	}

	return new Set(
		without.length > 0 || text.trim() === '' ? named : repairs().filter(id => !named.includes(id)),
	);
}

function repairCalled(name: string): RuleId {
	const problem = noRepair(name);
	if (problem !== undefined || !isRuleId(name)) {
		throw badRewrite(problem ?? '');
	}

	return name;
}

function badRewrite(problem: string): FrontendError {
	return new FrontendError('FRONTEND_BAD_OPTION', `SALLYPORT_REWRITE: ${problem}`);
}

/** BUILDKIT_WORKERS: its keys changed case between versions. The first worker's first platform is the builder's. */
function builderOf(workers: string | undefined): Platform {
	try {
		const [worker] = JSON.parse(workers ?? '[]') as readonly Readonly<Record<string, unknown>>[];
		const list = worker?.['platforms'] ?? worker?.['Platforms'];
		const [first] = Array.isArray(list) ? (list as readonly Partial<Platform>[]) : [];
		const {os, architecture, variant} = first ?? {};
		return os === undefined || architecture === undefined
			? DEFAULT_PLATFORM
			: {os, architecture, ...(variant === undefined || variant === '' ? {} : {variant})};
	} catch {
		return DEFAULT_PLATFORM;
	}
}
