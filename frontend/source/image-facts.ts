import type {ImageFacts} from '../rules/rule.ts';

/** Whoever publishes an image writes its configuration. More than this of anything is nobody's, and left out. */
const MAX_BYTES = 4 * 1024 * 1024;
const MAX_ITEMS = 1000;
const MAX_TEXT = 4096;

/**
 * An image's configuration as the registry has it → what rules may know of it. Hostile or odd values are dropped one by one:
 * a field that is there can be trusted to have its shape. Without a readable configuration nothing is known.
 */
export function imageFactsOf(config: Uint8Array | undefined): ImageFacts {
	if (config === undefined || config.length > MAX_BYTES) {
		return {};
	}

	try {
		const image: unknown = JSON.parse(new TextDecoder().decode(config));
		return isRecord(image) ? factsOf(image, isRecord(image['config']) ? image['config'] : {}) : {};
	} catch {
		return {};
	}
}

type Fields = Readonly<Record<string, unknown>>;

function factsOf(image: Fields, inner: Fields): ImageFacts {
	const healthcheck = isRecord(inner['Healthcheck']) ? inner['Healthcheck']['Test'] : undefined;
	return {
		user: textOf(inner['User']) ?? '',
		hasHealthcheck: Array.isArray(healthcheck) && healthcheck[0] !== 'NONE' && healthcheck.length > 0,
		exposedPorts: portsOf(inner['ExposedPorts']),
		entrypoint: textsOf(inner['Entrypoint']),
		cmd: textsOf(inner['Cmd']),
		env: envOf(inner['Env']),
		labels: mapOf(inner['Labels']),
		volumes: keysOf(inner['Volumes']),
		workdir: textOf(inner['WorkingDir']) ?? '',
		onBuild: textsOf(inner['OnBuild']),
		...optional('stopSignal', textOf(inner['StopSignal'])),
		...optional('platform', platformOf(image)),
		...optional('created', timeOf(image['created'])),
	};
}

function optional<Key extends string>(
	key: Key,
	value: string | undefined,
): Readonly<Partial<Record<Key, string>>> {
	const made: Partial<Record<string, string>> = value === undefined || value === '' ? {} : {[key]: value};
	return made as Partial<Record<Key, string>>; // The only key is the one given.
}

function textOf(value: unknown): string | undefined {
	return typeof value === 'string' && value.length <= MAX_TEXT && !value.includes('\0') ? value : undefined;
}

function textsOf(value: unknown): readonly string[] {
	const items: readonly unknown[] = Array.isArray(value) ? value.slice(0, MAX_ITEMS) : [];
	return items.flatMap(item => textOf(item) ?? []);
}

function keysOf(value: unknown): readonly string[] {
	return isRecord(value) ? textsOf(Object.keys(value)) : [];
}

function mapOf(value: unknown): Readonly<Record<string, string>> {
	const entries = isRecord(value) ? Object.entries(value).slice(0, MAX_ITEMS) : [];
	return recordOf(
		entries.flatMap(([key, text]) => {
			const known = textOf(text);
			return known === undefined || textOf(key) === undefined ? [] : [[key, known] as const];
		}),
	);
}

/** `NAME=value`; of several of one name the last counts. */
function envOf(value: unknown): Readonly<Record<string, string>> {
	return recordOf(
		textsOf(value).flatMap(text => {
			const at = text.indexOf('=');
			return at < 1 ? [] : [[text.slice(0, at), text.slice(at + 1)] as const];
		}),
	);
}

// `__proto__` is a fine name for a variable, and must not become anything else.
function recordOf(entries: readonly (readonly [string, string])[]): Readonly<Record<string, string>> {
	return Object.fromEntries(entries);
}

function portsOf(value: unknown): readonly number[] {
	const names = keysOf(value).filter(name => /^\d{1,5}(?:\/tcp)?$/.test(name));
	return names.map(name => Number.parseInt(name, 10)).filter(port => port > 0 && port <= 65_535);
}

function platformOf(image: Fields): string | undefined {
	const [os, architecture, variant] = ['os', 'architecture', 'variant'].map(key => wordOf(image[key]));
	return os === undefined || architecture === undefined
		? undefined
		: [os, architecture, ...(variant === undefined ? [] : [variant])].join('/');
}

function wordOf(value: unknown): string | undefined {
	return typeof value === 'string' && /^[a-z0-9][a-z0-9._-]{0,31}$/i.test(value)
		? value.toLowerCase()
		: undefined;
}

function timeOf(value: unknown): string | undefined {
	return typeof value === 'string' &&
		/^\d{4}-\d\d-\d\dT[0-9:.]{5,20}(?:Z|[+-]\d\d:\d\d)$/.test(value) &&
		!Number.isNaN(Date.parse(value))
		? value
		: undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
