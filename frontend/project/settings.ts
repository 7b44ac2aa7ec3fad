import {choiceAt, type Door, integerAt, type Mapping, mappingAt, type Path, textAt} from '../project-door.ts';
import {type Engine, engines} from '../proxies/engine.ts';
import {trustedAt} from './networks.ts';
import {MAX_INSTANCES, type ProxySettings} from './no-settings.ts';
import {checkAt} from './upstreams.ts';
import {booleanAt, isMapping, sizeAt} from './values.ts';

export interface StatedProxy {
	readonly engine: Engine | 'none' | undefined;
	readonly settings: ProxySettings;
}

const KEYS = ['engine', 'instances', 'health', 'trustedProxies', 'tls', 'timeouts', 'logs', 'cache'] as const;
const CHOICES = [...engines, 'none'] as const;

/** `proxy: nginx`, or a mapping with the engine among what else is said about it. */
export function proxyAt(door: Door, value: unknown): StatedProxy {
	const isWhole = isMapping(value);
	const path = ['proxy'];
	const proxy: Mapping = isWhole ? mappingAt(door, path, value, KEYS) : {engine: value};
	const tls = mappingAt(door, [...path, 'tls'], proxy['tls'], ['profile', 'http3']);
	const logs = mappingAt(door, [...path, 'logs'], proxy['logs'], ['addresses']);
	const cache = mappingAt(door, [...path, 'cache'], proxy['cache'], ['size']);
	const profile = choiceAt(door, [...path, 'tls', 'profile'], tls['profile'], ['intermediate', 'modern']);
	return {
		engine: choiceAt(door, isWhole ? [...path, 'engine'] : path, proxy['engine'], CHOICES),
		settings: {
			instances: instancesAt(door, [...path, 'instances'], proxy['instances']),
			health: checkAt(door, [...path, 'health'], proxy['health']),
			trustedProxies: trustedAt(door, [...path, 'trustedProxies'], proxy['trustedProxies']),
			tls: {
				minVersion: profile === undefined ? undefined : profile === 'modern' ? 'TLSv1.3' : 'TLSv1.2',
				http3: booleanAt(door, [...path, 'tls', 'http3'], tls['http3']) ?? false,
			},
			timeouts: timeoutsAt(door, [...path, 'timeouts'], proxy['timeouts']),
			addresses: choiceAt(door, [...path, 'logs', 'addresses'], logs['addresses'], ['full', 'truncated']),
			cacheBytes: cacheSizeAt(door, [...path, 'cache', 'size'], cache['size']),
		},
	};
}

const VARIABLE = /^(?!PATH$|HOME$|LD_)[A-Z][A-Z0-9_]{0,63}$/;

function instancesAt(door: Door, path: Path, value: unknown): ProxySettings['instances'] {
	if (value === undefined) {
		return undefined;
	}

	const isWhole = isMapping(value);
	const instances: Mapping = isWhole ? mappingAt(door, path, value, ['count', 'variable']) : {count: value};
	const {count = 'auto'} = instances;
	const at = isWhole ? [...path, 'count'] : path;
	const isCount = Number.isSafeInteger(count) && Number(count) >= 1 && Number(count) <= MAX_INSTANCES;
	return {
		count:
			count === 'auto' || isCount
				? (count as number | 'auto') // One of the two, just here.
				: door.refuse(
						at,
						`${at.join('.')} is "auto", for one on each processor, or a number from 1 to ${MAX_INSTANCES}`,
					),
		variable: textAt(door, [...path, 'variable'], instances['variable'], {
			pattern: VARIABLE,
			expected: 'the environment variable by which the application is told its port, such as PORT',
		}),
	};
}

/** Zero would be for ever; the longest are those that the rule `limited-times` lets pass. */
function timeoutsAt(door: Door, path: Path, value: unknown): ProxySettings['timeouts'] {
	const timeouts = mappingAt(door, path, value, ['client', 'connect', 'upstream', 'drain']);
	const seconds = (key: string, min: number, max: number): number | undefined =>
		integerAt(door, [...path, key], timeouts[key], {min, max});
	return {
		clientSeconds: seconds('client', 1, 300),
		connectSeconds: seconds('connect', 1, 75),
		upstreamSeconds: seconds('upstream', 1, 3600),
		drainSeconds: seconds('drain', 0, 600),
	};
}

const MEBIBYTE = 1024 * 1024;

function cacheSizeAt(door: Door, path: Path, value: unknown): number | undefined {
	const bytes = sizeAt(door, path, value);
	return bytes !== undefined && bytes < MEBIBYTE
		? door.refuse(path, `${path.join('.')} is at least 1m; less keeps nothing that is worth it`)
		: bytes;
}
