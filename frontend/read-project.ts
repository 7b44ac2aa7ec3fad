import {isControlId} from '../policies/catalogue.ts';
import {isRuleId, type RuleId} from '../policies/rules/index.ts';
import {fixModes, levels} from '../policies/setting.ts';
import {refuseContradictions} from './project/contradictions.ts';
import {headersAt} from './project/headers.ts';
import {pagesAt} from './project/pages.ts';
import {routesAt} from './project/routes.ts';
import {proxyAt} from './project/settings.ts';
import {upstreamsAt} from './project/upstreams.ts';
import {FOLDER, HOST, PATH, PORT, required, sizeAt} from './project/values.ts';
import type {Project, StricterRule} from './project.ts';
import {
	choiceAt,
	type Door,
	integerAt,
	listAt,
	type Mapping,
	mappingAt,
	openProject,
	type Path,
	textAt,
} from './project-door.ts';
import {noRepair} from './switched-off.ts';

const NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;
const REASON = /^[^\p{Cc}]{1,500}$/u;

/**
 * Text of a project file → Project, complete and in range.
 * @throws {FrontendError} FRONTEND_BAD_PROJECT with file, line, column, and what may stand there
 */
export function readProject(text: string, file: string): Project {
	const door = openProject(text, file);
	const root = mappingAt(door, [], door.document, [
		'policy',
		'facts',
		'proxy',
		'limits',
		'listeners',
		'headers',
		'routes',
		'upstreams',
		'pages',
		'rules',
		'rewrites',
		'waivers',
	]);
	const proxy = proxyAt(door, root['proxy']);
	const routing = {
		routes: routesAt(door, root['routes']),
		upstreams: upstreamsAt(door, root['upstreams']),
		pages: pagesAt(door, root['pages']),
	};
	refuseContradictions(door, routing);
	if (proxy.engine === 'none' && routing.routes.length > 0) {
		door.refuse(
			['proxy'],
			'no proxy is wanted here, and routes are given that nobody would follow; leave one of them out',
		);
	}

	return {
		file,
		policy: textAt(door, ['policy'], root['policy'], {
			pattern: NAME,
			expected: 'the name of an approved bundle, such as baseline',
		}),
		facts: factsOf(door, root['facts']),
		proxy: proxy.engine,
		settings: proxy.settings,
		...routing,
		limits: limitsOf(door, root['limits']),
		listeners: listenersOf(door, root['listeners']),
		headers: headersAt(door, root['headers']),
		rules: rulesOf(door, root['rules']),
		switchedOff: switchedOff(door, root['rewrites']),
		waivers: waiversOf(door, root['waivers']),
		lines: door.lines(),
	};
}

function factsOf(door: Door, value: unknown): Project['facts'] {
	const facts = mappingAt(door, ['facts'], value, ['port', 'health', 'hosts', 'writable']);
	const hosts = listAt(door, ['facts', 'hosts'], facts['hosts'], 64);
	const writable = listAt(door, ['facts', 'writable'], facts['writable'], 16);
	return {
		port: integerAt(door, ['facts', 'port'], facts['port'], PORT),
		health: textAt(door, ['facts', 'health'], facts['health'], {
			pattern: PATH,
			expected: 'a path such as /healthz, in printable ASCII and at most 256 characters long',
		}),
		hosts: hosts.map((host, index) => {
			const expected = {pattern: HOST, expected: 'a host name in lower case, such as api.example.com'};
			return required(door, ['facts', 'hosts', index], host, textAt, expected);
		}),
		writable: writable.map((folder, index) => {
			const expected = {
				pattern: FOLDER,
				expected: "a folder such as /app/data, and none of the system's own",
			};
			return required(door, ['facts', 'writable', index], folder, textAt, expected);
		}),
	};
}

function limitsOf(door: Door, value: unknown): Project['limits'] {
	const limits = mappingAt(door, ['limits'], value, ['body', 'rate', 'burst', 'connections']);
	const count = (key: string, max: number): number | undefined =>
		integerAt(door, ['limits', key], limits[key], {min: 1, max});
	return {
		bodyBytes: sizeAt(door, ['limits', 'body'], limits['body']),
		requestsPerSecond: count('rate', 10_000),
		burst: count('burst', 100_000),
		connections: count('connections', 10_000),
	};
}

function listenersOf(door: Door, value: unknown): Project['listeners'] {
	const listeners = mappingAt(door, ['listeners'], value, ['https', 'redirect', 'metrics']);
	return {
		https: integerAt(door, ['listeners', 'https'], listeners['https'], PORT),
		redirect: integerAt(door, ['listeners', 'redirect'], listeners['redirect'], PORT),
		metrics: integerAt(door, ['listeners', 'metrics'], listeners['metrics'], PORT),
	};
}

function rulesOf(door: Door, value: unknown): readonly StricterRule[] {
	const rules = openMapping(door, ['rules'], value);
	return Object.entries(rules).map(([id, raw]) => {
		const path = ['rules', id];
		const known =
			isControlId(id) || isRuleId(id)
				? id
				: door.refuseKey(
						path,
						`${JSON.stringify(id.slice(0, 60))} is not a control or rule that this version knows`,
					);
		const setting = mappingAt(door, path, raw, ['enforcement', 'fix']);
		return {
			id: known,
			level: choiceAt(door, [...path, 'enforcement'], setting['enforcement'], levels),
			fix: choiceAt(door, [...path, 'fix'], setting['fix'], fixModes),
			line: door.lineOf(path),
		};
	});
}

function switchedOff(door: Door, value: unknown): readonly RuleId[] {
	const {off} = mappingAt(door, ['rewrites'], value, ['off']);
	return listAt(door, ['rewrites', 'off'], off, 256).map((name, index) => {
		const text = String(name);
		const problem = noRepair(text);
		return problem === undefined && isRuleId(text)
			? text
			: door.refuse(['rewrites', 'off', index], `rewrites.off: ${problem ?? ''}`);
	});
}

function waiversOf(door: Door, value: unknown): Project['waivers'] {
	return listAt(door, ['waivers'], value, 64).map((raw, index) => {
		const path = ['waivers', index];
		const waiver = mappingAt(door, path, raw, ['control', 'reason']);
		const id = String(waiver['control']);
		const reason = {pattern: REASON, expected: 'a sentence of at most 500 characters'};
		return {
			control: isControlId(id)
				? id
				: door.refuse(
						[...path, 'control'],
						`${path.join('.')}.control names a control, such as base-no-mutable-tag`,
					),
			reason: required(door, [...path, 'reason'], waiver['reason'], textAt, reason),
			line: door.lineOf(path),
		};
	});
}

// Its keys are the author's, so they are judged one by one by the caller.
function openMapping(door: Door, path: Path, value: unknown): Mapping {
	const keys = typeof value === 'object' && value !== null ? Object.keys(value) : ['<control>'];
	return mappingAt(door, path, value, keys);
}
