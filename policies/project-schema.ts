import {catalogue} from './catalogue.ts';
import {ruleCatalogue} from './rules/index.ts';
import {headOf, integer, list, matching, object, oneOf, type Schema} from './schema-parts.ts';
import {fixModes, levels} from './setting.ts';

const PORT = integer(1, 65_535);
const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';

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
				health: matching('^/[\\x21-\\x7e]{0,255}$', 'The path that tells its health'),
				writable: list(
					matching(
						'^(?!/(?:etc|bin|sbin|lib|lib32|lib64|dev|proc|sys|boot|root|usr/(?:bin|sbin|lib|lib64))(?:/|$))(?!/(?:usr|var|home|opt)$)(?:/\\.?[A-Za-z0-9_@+-][A-Za-z0-9._@+-]{0,63}){1,16}$',
						'A folder that the application writes to',
					),
					0,
					16,
				),
				hosts: list(matching(`^(?=.{1,253}$)${LABEL}(?:\\.${LABEL})*$`), 0, 64),
			}),
			proxy: oneOf(['nginx', 'none']),
			limits: object({
				body: {
					anyOf: [
						integer(1, 1024 ** 3),
						matching(
							'^(?:[1-9]\\d{0,8}|10[0-6]\\d{7}|[1-9]\\d{0,5}k|10[0-3]\\d{4}k|104[0-7]\\d{3}k|[1-9]\\d{0,2}m|10[01]\\dm|102[0-4]m|1g)$',
						),
					],
					description: 'The largest request, such as 512k or 10m, at most 1g',
				},
				rate: integer(1, 10_000, 'Requests a second from one client'),
				burst: integer(1, 100_000),
				connections: integer(1, 10_000),
			}),
			listeners: object({https: PORT, redirect: PORT}),
			headers: object({
				csp: matching('^[\\x20-\\x7e]{1,2048}$'),
				hsts: integer(86_400, 63_072_000, 'max-age in seconds'),
			}),
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
