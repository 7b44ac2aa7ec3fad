import type {Door, Path} from '../project-door.ts';

export const PATH = /^\/[\x21-\x7e]{0,255}$/;
/** A folder to write to: no link upwards, and nothing that belongs to the system. */
export const FOLDER =
	/^(?!\/(?:etc|bin|sbin|lib|lib32|lib64|dev|proc|sys|boot|root|usr\/(?:bin|sbin|lib|lib64))(?:\/|$))(?!\/(?:usr|var|home|opt)$)(?:\/\.?[A-Za-z0-9_@+-][A-Za-z0-9._@+-]{0,63}){1,16}$/;
export const PORT = {min: 1, max: 65_535} as const;
// RFC 1123 host names, lower case, labels of at most 63.
export const HOST =
	/^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/;
/** The name of a header or of a cookie. */
export const TOKEN = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/;
/** An absolute path of a file or folder in the image, without links upwards. */
export const FILE = /^(?:\/\.?[A-Za-z0-9_@+-][A-Za-z0-9._@+-]{0,63}){1,16}$/;

/** What a reader says of a value that is not there, too. */
export function required<T, Expected extends {readonly expected: string}>(
	door: Door,
	path: Path,
	value: unknown,
	read: (door: Door, path: Path, value: unknown, expected: Expected) => T | undefined,
	expected: Expected,
): T {
	return read(door, path, value, expected) ?? door.refuse(path, `${path.join('.')} is ${expected.expected}`);
}

export function booleanAt(door: Door, path: Path, value: unknown): boolean | undefined {
	if (value === undefined || typeof value === 'boolean') {
		return value;
	}

	return door.refuse(path, `${path.join('.')} is true or false`);
}

const MAX_BYTES = 1024 ** 3;
const factors: Readonly<Record<string, number>> = {'': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3};

/** `512k`, `10m`. */
export function sizeAt(door: Door, path: Path, value: unknown): number | undefined {
	if (value === undefined) {
		return undefined;
	}

	const [, digits = '', unit = ''] = /^([1-9]\d{0,11})([kmg]?)$/.exec(String(value)) ?? [];
	const bytes = Number(digits) * (factors[unit] ?? 0);
	return bytes >= 1 && bytes <= MAX_BYTES
		? bytes
		: door.refuse(path, `${path.join('.')} is a size from 1 to 1g, such as 512k or 10m`);
}

type Defined<T> = {readonly [Key in keyof T]?: Exclude<T[Key], undefined>};

/** What is said, without the keys that are not. */
export function defined<T extends object>(value: T): Defined<T> {
	const said = Object.entries(value).filter(([, each]) => each !== undefined);
	return Object.fromEntries(said) as Defined<T>; // Its own entries.
}

export function isMapping(value: unknown): boolean {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The entries of a mapping whose keys are the author's own. @param max how many there may be */
export function entriesAt(
	door: Door,
	path: Path,
	value: unknown,
	{max, of}: {readonly max: number; readonly of: string},
): readonly (readonly [string, unknown])[] {
	if (value === undefined || value === null) {
		return [];
	}

	const entries = isMapping(value) ? Object.entries(value) : [];
	return entries.length > max || !isMapping(value)
		? door.refuse(path, `${path.join('.')} is a mapping of at most ${max} ${of}`)
		: entries;
}
