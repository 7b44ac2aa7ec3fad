import type {Flag} from '../../dockerfile/ast.ts';
import {quoted} from '../../dockerfile/error.ts';
import {nearestOf} from '../../dockerfile/nearest.ts';

/** Flags that only frontends of the labs channel knew at first; supported-features judges them. */
export const experimentalFlags: ReadonlySet<string> = new Set(['COPY parents', 'RUN device', 'RUN security']);

/** What BuildKit would refuse in a flag's value, as a sentence without its full stop. */
export function valueProblem(keyword: string, flag: Flag): string | undefined {
	const {name, value} = flag;
	if (booleans.has(name)) {
		return booleanProblem(name, value);
	}

	if (value === undefined) {
		return `--${name} needs a value: write --${name}=…`;
	}

	// What a variable stands for is known in the build only; elsewhere BuildKit replaces none.
	const isUnknown = value === '' || (expanded.has(name) && value.includes('$'));
	return isUnknown ? undefined : checks.get(`${keyword} ${name}`)?.(value);
}

const expanded: ReadonlySet<string> = new Set(['mount', 'chmod']);

function booleanProblem(name: string, value = 'true'): string | undefined {
	return /^(?:true|false)$/i.test(value) ? undefined : `--${name} is true or false, and not ${quoted(value)}`;
}

const booleans: ReadonlySet<string> = new Set(['link', 'keep-git-dir', 'parents', 'unpack']);

const networks = ['default', 'none', 'host'];
const mountTypes = ['bind', 'cache', 'tmpfs', 'secret', 'ssh'];

const checks: ReadonlyMap<string, (value: string) => string | undefined> = new Map([
	['RUN network', (value: string) => oneOf('--network', value, networks)],
	['RUN security', (value: string) => oneOf('--security', value, ['sandbox', 'insecure'])],
	['RUN mount', mountProblem],
	['ADD chmod', modeProblem],
	['COPY chmod', modeProblem],
	['HEALTHCHECK retries', retriesProblem],
	...['interval', 'timeout', 'start-period', 'start-interval'].map(
		name => [`HEALTHCHECK ${name}`, (value: string) => durationProblem(name, value)] as const,
	),
]);

function oneOf(what: string, value: string, known: readonly string[]): string | undefined {
	if (known.includes(value)) {
		return undefined;
	}

	const near = nearestOf(value, known);
	return `${what} cannot be ${quoted(value)}: ${near === undefined ? `it is one of ${known.join(', ')}` : `write ${near} if that was meant`}`;
}

const mountKeys: ReadonlySet<string> = new Set([
	...['type', 'from', 'source', 'src', 'target', 'dst', 'destination', 'readonly', 'ro', 'readwrite', 'rw'],
	...['id', 'sharing', 'required', 'size', 'mode', 'uid', 'gid', 'env'],
]);

function mountProblem(value: string): string | undefined {
	// Quoted fields may hold commas; BuildKit reads those as it reads CSV, and they are rare.
	if (value.includes('"')) {
		return undefined;
	}

	const fields = value.split(',').map(fieldOf);
	const wrong = fields
		.map(({key, value: own}) => fieldProblem(key, own))
		.find(problem => problem !== undefined);
	return wrong ?? missingProblem(fields);
}

interface Field {
	readonly key: string;
	readonly value: string;
}

function fieldOf(field: string): Field {
	const equals = field.indexOf('=');
	return equals === -1
		? {key: field.toLowerCase(), value: ''}
		: {key: field.slice(0, equals).toLowerCase(), value: field.slice(equals + 1)};
}

const TARGETS: ReadonlySet<string> = new Set(['target', 'dst', 'destination']);
const NAMES: ReadonlySet<string> = new Set([...TARGETS, 'id', 'source', 'src']);

/** A cache and a tmpfs need a place, a secret a name. */
function missingProblem(fields: readonly Field[]): string | undefined {
	const type = fields.findLast(({key}) => key === 'type')?.value ?? 'bind';
	if ((type === 'cache' || type === 'tmpfs') && !fields.some(({key}) => TARGETS.has(key))) {
		return `--mount=type=${type} needs a place: write target=… and a folder`;
	}

	return type === 'secret' && !fields.some(({key}) => NAMES.has(key))
		? '--mount=type=secret names no secret: write id=… and its name'
		: undefined;
}

function modeProblem(value: string): string | undefined {
	const isWrong = /^\d+$/.test(value) && !/^0*[0-7]{1,4}$/.test(value);
	return isWrong
		? `--chmod=${value.slice(0, 20)} is no mode: write digits from 0 to 7, as in 755`
		: undefined;
}

function fieldProblem(key: string, value: string): string | undefined {
	if (!mountKeys.has(key)) {
		const near = nearestOf(key, mountKeys);
		return `--mount has no ${quoted(key)}: ${near === undefined ? 'remove it' : `write ${near} if that was meant`}`;
	}

	if (key === 'type') {
		return oneOf('The type of --mount', value, mountTypes);
	}

	return key === 'sharing' ? oneOf('sharing of --mount', value, ['shared', 'private', 'locked']) : undefined;
}

function retriesProblem(value: string): string | undefined {
	return /^\+?\d{1,9}$/.test(value) ? undefined : `--retries is a number of tries, and not ${quoted(value)}`;
}

/** Nanoseconds by unit, as Go writes them. */
const units: Readonly<Record<string, number>> = {
	ns: 1,
	us: 1e3,
	µs: 1e3,
	μs: 1e3,
	ms: 1e6,
	s: 1e9,
	m: 6e10,
	h: 3.6e12,
};

/** A duration in Go's notation (`1m30s`) in nanoseconds; absent for what Go would refuse. */
export function durationOf(text: string): number | undefined {
	if (text === '0') {
		return 0;
	}

	if (!/^[-+]?(?:(?:\d{1,12}(?:\.\d{0,12})?|\.\d{1,12})(?:ns|us|µs|μs|ms|s|m|h)){1,8}$/.test(text)) {
		return undefined;
	}

	const parts = text.matchAll(/([\d.]+)([a-zµμ]+)/g);
	const sum = Array.from(parts, ([, count, unit = '']) => Number(count) * (units[unit] ?? 0)).reduce(
		(a, b) => a + b,
		0,
	);
	return text.startsWith('-') ? -sum : sum;
}

function durationProblem(name: string, value: string): string | undefined {
	const duration = durationOf(value);
	if (duration === undefined) {
		return `--${name} is a time with its unit, as in 30s or 1m30s, and not ${quoted(value)}`;
	}

	// Zero means that the default holds.
	return duration !== 0 && duration < 1e6
		? `--${name} cannot be less than 1ms, and ${quoted(value)} is`
		: undefined;
}
