import fc from 'fast-check';
import type {Plan, PlanHeader} from '../../frontend/proxies/plan.ts';
import {plan} from './plan.ts';

const usual = {
	...plan,
	application: {health: {intervalSeconds: 2, timeoutSeconds: 2, failures: 2, passes: 1}, instances: 1},
};

// Everything a validated plan may hold, and rather the nasty corners of it than the likely middle.

const path = fc
	.string({unit: fc.constantFrom(...range(0x21, 0x7e)), maxLength: 60})
	.map(rest => `/${rest.replaceAll('/', '')}`);

const label = fc.stringMatching(/^[a-z0-9](?:[a-z0-9-]{0,20}[a-z0-9])?$/);
const host = fc
	.tuple(fc.boolean(), fc.array(label, {minLength: 1, maxLength: 4}))
	.map(([wild, labels]) => `${wild ? '*.' : ''}${labels.join('.')}`);
/** As long as a name may be. */
const LONGEST = `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(61)}`;
const hosts = fc.uniqueArray(
	fc.oneof(host, fc.constantFrom('default', 'include', 'volatile', 'hostnames', LONGEST)),
	{
		maxLength: 6,
	},
);

const header = fc.record<PlanHeader>({
	name: fc.stringMatching(/^[A-Za-z](?:[A-Za-z0-9-]{0,30}[A-Za-z0-9])?$/),
	value: fc.string({unit: fc.constantFrom(...range(0x20, 0x7e)), maxLength: 120}),
	mode: fc.constantFrom('override', 'if-absent'),
});

const port = fc.integer({min: 1024, max: 65_535});
const seconds = fc.integer({min: 1, max: 3600});

export const anyPlan: fc.Arbitrary<Plan> = fc
	.record({
		ports: fc.uniqueArray(port, {minLength: 3, maxLength: 3}),
		application: fc.option(path, {nil: undefined}),
		hosts,
		tls: fc.record({
			minVersion: fc.constantFrom('TLSv1.2' as const, 'TLSv1.3' as const),
			http3: fc.constant(false),
		}),
		headers: fc.uniqueArray(header, {maxLength: 8, selector: ({name}) => name.toLowerCase()}),
		limits: fc.record({
			bodyBytes: fc.integer({min: 0, max: 2 ** 40}),
			requestsPerSecond: fc.integer({min: 1, max: 100_000}),
			burst: fc.integer({min: 0, max: 100_000}),
			connections: fc.integer({min: 1, max: 65_535}),
		}),
		timeouts: fc.record({
			clientSeconds: seconds,
			connectSeconds: fc.integer({min: 1, max: 75}),
			upstreamSeconds: seconds,
			drainSeconds: fc.integer({min: 0, max: 3600}),
		}),
		healthPath: fc.oneof(path, fc.constantFrom('/', '/.sallyport/error', '/healthz')),
	})
	.map(({ports: [https = 8443, redirect = 8080, own = 3000], application, ...rest}) => ({
		...usual,
		...rest,
		application: {
			...usual.application,
			port: own,
			...(application === undefined ? {} : {healthPath: application}),
		},
		listeners: {https, redirect},
	}));

function range(first: number, last: number): readonly string[] {
	return Array.from({length: last - first + 1}, (_, index) => String.fromCharCode(first + index));
}
