import {mediaTypes} from '../media-types.ts';
import type {Plan, PlanRoute} from '../plan.ts';
import {block, count, quoted} from './quote.ts';

type Files = Extract<PlanRoute['to'], {readonly kind: 'files'}>;

/** What the locations of files look things up in. For `http`. */
export function fileMaps(plan: Plan): readonly string[] {
	const maps = plan.routes.flatMap((route, index) =>
		route.to.kind === 'files' ? mapsOf(route, route.to, index) : [],
	);
	return maps.length === 0
		? []
		: [
				...block(
					'types',
					Object.entries(mediaTypes).map(([type, endings]) => `${type} ${endings};`),
				),
				// As the client wrote it, for a redirect: a decoded one could hold a line feed.
				...block('map $request_uri $written_path', [
					String.raw`"~^(?<written_path_alone>/[\x21-\x3e\x40-\x7e]*)" $written_path_alone;`,
					'default "/";',
				]),
				...maps,
			];
}

/** The directives of a location that answers from a folder of the image. */
export function filesOf(route: PlanRoute, plan: Plan): readonly string[] {
	const {to} = route;
	if (to.kind !== 'files') {
		throw new TypeError(`The route ${route.path} has no files`);
	}

	const index = plan.routes.indexOf(route);
	const file = `$file_${index}`;
	return [
		// `.git`, `.env`, `.htpasswd`: nobody publishes those on purpose. RFC 8615 has the one exception.
		String.raw`if (${file} ~ "/\.(?!well-known(?:/|$))") { return 404; }`,
		...found(to, index),
		`try_files ${file} "$page_${index}/index.html" @files_${index};`,
	];
}

/**
 * Where a location of files goes on when nothing is there, for `server`. By then it is known who asks: a `return` in the location itself
 * comes before that, and would tell everybody which folders there are.
 */
export function fileLocations(plan: Plan): readonly string[] {
	return plan.routes.flatMap(({to}, index) =>
		to.kind === 'files'
			? block(`location @files_${index}`, [
					...found(to, index),
					// Links in the page of a folder are relative to the slash. Only `return` may be in an `if` beside try_files.
					`if (-d "$document_root$folder_${index}") { return 308 https://$host$port_suffix$written_path/$is_args$args; }`,
					...(to.fallback === undefined
						? ['return 404;']
						: [`try_files ${quoted(fallbackOf(to.fallback))} =404;`]),
				])
			: [],
	);
}

/** How a file is answered. */
function found({folder}: Files, index: number): readonly string[] {
	return [
		`root ${quoted(folder)};`,
		'charset utf-8;',
		'charset_types text/plain text/css text/csv text/javascript text/markdown text/xml application/json application/manifest+json;',
		`expires $file_age_${index};`,
	];
}

function mapsOf(
	{path, match}: PlanRoute,
	{fallback, maxAgeSeconds}: Files,
	index: number,
): readonly string[] {
	const below = pattern(path.replace(/\/+$/, ''));
	const segment = path.slice(path.lastIndexOf('/'));
	return [
		// The path below the folder. What a route's pattern lets in beside it (`/docs;x`) is nothing that is there.
		...block(
			`map $uri $file_${index}`,
			match === 'exact'
				? [`default ${quoted(segment)};`]
				: [
						`"~*^${below}$" "/";`,
						`"~*(?s)^${below}(?<file_${index}_rest>/.*)$" $file_${index}_rest;`,
						'default "/.";',
					],
		),
		// The same, where it can only be a folder.
		...block(`map $uri $page_${index}`, [`"~/$" $file_${index};`, 'default "/.sallyport/none";']),
		// And where a slash is missing if it is one.
		...block(`map $uri $folder_${index}`, ['"~/$" "/.sallyport/none";', `default $file_${index};`]),
		// Read when the file is found: by then the path is the one of the file that stands in for others, if it does.
		...block(`map $uri $file_age_${index}`, [
			...(fallback === undefined ? [] : [`"~^/*${pattern(fallbackOf(fallback).slice(1))}$" 0;`]),
			`default ${count(maxAgeSeconds)};`,
		]),
	];
}

function fallbackOf(path: string): string {
	return `/${path.replace(/^\/+/, '')}`;
}

/** A path as a regular expression that means its very bytes, with nothing that a configuration file could misread. */
function pattern(path: string): string {
	return [...Buffer.from(path)]
		.map(byte => String.fromCharCode(byte))
		.map(letter =>
			/[A-Za-z0-9/_-]/.test(letter) ? letter : `\\x${letter.charCodeAt(0).toString(16).padStart(2, '0')}`,
		)
		.join('');
}
