import {compareDebianVersions} from './debian-version.ts';

/** A hole that is closed from a version of Debian's package on. */
export interface Hole {
	readonly id: string;
	readonly package: string;
	/** In Debian trixie. */
	readonly fixedIn: string;
	/** What of the proxy layer it would reach. */
	readonly about: string;
	/** Where it can be read up. */
	readonly source: string;
}

/**
 * Holes that what the proxy layer uses would meet, as Debian's changelogs of the packages name them (seen on 2026-11-22). Those in
 * modules that are never loaded or never configured (mp4, dav, mail, stream, SSI, slice, uwsgi, SCGI) are left out: with them a
 * layer would be called old that has nothing to fear.
 */
export const proxyHoles: readonly Hole[] = [
	nginx('CVE-2026-42945', 'deb13u5', 'a buffer overflow in rewrites'),
	nginx('CVE-2026-40460', 'deb13u5', 'forged addresses of HTTP/3 clients'),
	nginx('CVE-2026-9256', 'deb13u6', 'a buffer overflow in captures of rewrites'),
	nginx('CVE-2026-42055', 'deb13u7', 'the length of headers to HTTP/2 and gRPC servers'),
	nginx('CVE-2026-42533', 'deb13u8', 'a buffer overflow where a map has a regular expression'),
	nginx('CVE-2026-15176', 'deb13u10', 'files outside of the folder of an alias'),
	nginx(
		'CVE-2026-93479',
		'deb13u10',
		'memory that is reserved while texts such as log lines are put together',
	),
	nginx('CVE-2026-95101', 'deb13u10', 'frames of HTTP/3 that are passed over'),
	nginx('CVE-2026-97205', 'deb13u10', 'a counter of pending operations that runs over'),
	nginx('CVE-2026-97629', 'deb13u10', 'session tickets under keys that are not set'),
	nginx('CVE-2026-118899', 'deb13u11', 'bodies of requests that come in pieces'),
	nginx('CVE-2026-121810', 'deb13u11', 'HTTP/3 connections that are freed in use'),
	nginx('CVE-2026-123007', 'deb13u11', 'memory for HTTP/2 data that waits'),
	nginx('CVE-2026-123633', 'deb13u11', 'HTTP/2 connections that are reused while streams are open'),
	nginx('CVE-2026-125283', 'deb13u11', 'lengths of paths of an alias'),
	hole('CVE-2026-72897', 'libssl3t64', '3.5.7-1~deb13u3', 'memory after the change of a TLS context'),
];

function nginx(id: string, revision: string, about: string): Hole {
	return hole(id, 'nginx', `1.26.3-3+${revision}`, about);
}

function hole(id: string, name: string, fixedIn: string, about: string): Hole {
	return {id, package: name, fixedIn, about, source: `https://security-tracker.debian.org/tracker/${id}`};
}

/** Packages of a layer by name, with their versions. */
export type LayerVersions = Readonly<Record<string, string>>;

/**
 * Those that are open in a layer, by the versions of its packages. One of another suite is compared as dpkg compares; of one that is
 * not there nothing is said.
 */
export function openHoles(versions: LayerVersions): readonly Hole[] {
	return proxyHoles.filter(({package: name, fixedIn}) => {
		const version = Object.hasOwn(versions, name) ? versions[name] : undefined;
		return version !== undefined && compareDebianVersions(version, fixedIn) < 0;
	});
}

/** From which version on every known hole of a package is closed. */
export function floorOf(name: string): string | undefined {
	const fixed = proxyHoles.filter(each => each.package === name).map(({fixedIn}) => fixedIn);
	return fixed.toSorted(compareDebianVersions).at(-1);
}

/** The latest of some holes by name, and how many more there are. */
export function namesOf(holes: readonly Hole[], most: number): string {
	const named = holes.slice(-most).map(({id}) => id);
	return `${named.join(', ')}${holes.length > named.length ? ` and ${holes.length - named.length} more` : ''}`;
}

const MAX_VERSION = 128;

/** The text of a layer's VERSIONS.json → its packages; undefined for what is none. The image's author may have written it. */
export function readLayerVersions(text: string): LayerVersions | undefined {
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch {
		return undefined;
	}

	const packages = fieldsOf(fieldsOf(value)?.['packages']);
	return packages === undefined || !Object.entries(packages).every(isVersion)
		? undefined
		: (packages as LayerVersions); // Every value was seen to be one.
}

function isVersion([name, version]: readonly [string, unknown]): boolean {
	return (
		/^[a-z0-9][a-z0-9+.-]{0,127}$/.test(name) &&
		typeof version === 'string' &&
		version.length <= MAX_VERSION &&
		/^[A-Za-z0-9.+:~-]+$/.test(version)
	);
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
	return typeof value === 'object' && value !== null && !Array.isArray(value)
		? (value as Readonly<Record<string, unknown>>)
		: undefined;
}
