import {catalogue} from './catalogue.ts';
import {
	folder,
	headers,
	host,
	PORT,
	pages,
	path,
	proxy,
	routes,
	size,
	upstreams,
} from './project-proxy-schema.ts';
import {ruleCatalogue} from './rules/index.ts';
import {headOf, integer, list, matching, object, type Schema} from './schema-parts.ts';
import {fixModes, levels} from './setting.ts';

/** The project file, as the build gate's `readProject` takes it. Keys that are left empty count as left out. */
export function projectSchema(): Schema {
	const ids = [...Object.keys(catalogue), ...Object.keys(ruleCatalogue)];
	const repairing = Object.entries(ruleCatalogue).flatMap(([id, {fix}]) => (fix === 'no' ? [] : [id]));
	return {
		...headOf('project', 'What a repository says of itself in .sallyport.yaml'),
		...object({
			policy: matching('^[a-z0-9][a-z0-9-]{0,62}$', 'The name of an approved bundle'),
			facts: object({
				port: {...PORT, description: 'Where the application listens'},
				health: matching(path, 'The path that tells its health'),
				writable: list({...folder, description: 'A folder that the application writes to'}, 0, 16),
				hosts: list(host, 0, 64),
			}),
			proxy,
			limits: object({
				body: {...size, description: 'The largest request, such as 512k or 10m, at most 1g'},
				rate: integer(1, 10_000, 'Requests a second from one client'),
				burst: integer(1, 100_000),
				connections: integer(1, 10_000),
			}),
			listeners: object({https: PORT, redirect: PORT, metrics: PORT}),
			routes,
			upstreams,
			pages,
			headers,
			rules: {
				type: 'object',
				additionalProperties: false,
				properties: Object.fromEntries(ids.map(id => [id, {$ref: '#/$defs/setting'}])),
				description: 'What is to be taken more strictly than the bundle does',
			},
			rewrites: object({
				off: {
					...list({enum: repairing}, 0, 256),
					description: 'Repairs that are not wanted; what they would repair stays a finding',
				},
			}),
			waivers: {
				...list(
					object(
						{
							control: {enum: Object.keys(catalogue)},
							reason: matching('^[^\\p{Cc}]{1,500}$'),
						},
						['control', 'reason'],
					),
					0,
					64,
				),
				description: 'Requests; none of them is a waiver',
			},
		}),
		$defs: {setting: object({enforcement: {enum: levels}, fix: {enum: fixModes}})},
	};
}
