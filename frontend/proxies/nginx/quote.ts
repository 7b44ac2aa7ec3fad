import {ascii} from '../ascii.ts';

/**
 * Text → one nginx token that means exactly this text. The only way by which a value of a plan gets into the file.
 * @throws {TypeError} for anything but printable ASCII: a line feed in a header's value would be a header of its own.
 */
export function quoted(text: string): string {
	// nginx has no escape for a dollar sign; a variable that holds one (see `DOLLAR`) is the known way.
	return `"${ascii(text).replaceAll(/[\\"]/g, '\\$&').replaceAll('$', '${dollar}')}"`;
}

/** Defines the variable that `quoted` writes for a dollar sign. Belongs into `http`. */
export const DOLLAR = 'geo $dollar { default "$"; }';

/**
 * A host for the left side of a `map` with `hostnames`.
 * @throws {TypeError} for what isn't a name or `*.` and a name; a regular expression or a `map` keyword would be worse.
 */
export function hostKey(host: string): string {
	if (!/^(?:\*\.)?[a-z0-9](?:[a-z0-9_.-]{0,251}[a-z0-9])?$/.test(host)) {
		throw new TypeError(`This is no lower-case host name: ${JSON.stringify(host)}`);
	}

	// The backslash keeps a host named `default` or `include` from being read as the keyword.
	return host.startsWith('*.') ? `"${host}"` : `"\\\\${host}"`;
}

/** @throws {TypeError} for what nginx would not read as a plain number. */
export function count(value: number): string {
	if (!Number.isSafeInteger(value) || value < 0) {
		throw new TypeError(`Only a whole number can be written into the proxy's configuration: ${value}`);
	}

	return String(value);
}

/** @throws {TypeError} for what is not an address with the length of its network's prefix */
export function networkText(network: string): string {
	if (!/^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f:.]{2,45})\/\d{1,3}$/.test(network)) {
		throw new TypeError(`This is no network: ${JSON.stringify(network)}`);
	}

	return network;
}

/** Lines under a block, one tab deeper. */
function indented(lines: readonly string[]): readonly string[] {
	return lines.map(line => (line === '' ? '' : `\t${line}`));
}

/** `name {`, the lines, `}`. */
export function block(name: string, lines: readonly string[]): readonly string[] {
	return [`${name} {`, ...indented(lines), '}'];
}
