import type {Fix, Rule} from '../rule.ts';
import {lastHealthCheck} from './last-health-check.ts';

const SECOND = 1_000_000_000;
/** Asks the proxy's health route, which asks the application: it fails when either is down, and needs no shell. */
const FIX: Fix = {
	title: 'a health check that asks the application through the proxy',
	config: {
		healthcheck: {
			test: ['CMD', '/opt/sallyport/bin/sallyport-init', 'health'],
			interval: 30 * SECOND,
			timeout: 5 * SECOND,
			startPeriod: 30 * SECOND,
			retries: 3,
		},
	},
};
const WRITE = 'write HEALTHCHECK CMD with a command that asks the application';

export const healthCheckSet: Rule = function* (subject) {
	const {plan, images, file, target, chain} = subject;
	const {base} = chain;
	const facts = base === undefined ? undefined : images.get(base);
	if (lastHealthCheck(subject) !== undefined || facts?.hasHealthcheck === true) {
		return;
	}

	const place = {file, line: target.from.line};
	const name = base?.replaceAll(/[^\x21-\x7e]/g, '?').slice(0, 200) ?? 'the base image';
	if (base !== 'scratch' && facts === undefined) {
		const message = `No HEALTHCHECK is set here, and whether ${name} brings one only a build can look up: ${WRITE}.`;
		yield {result: 'not-evaluated', message, place};
		return;
	}

	const message = `The image has no health check, so nobody sees when the application hangs: ${WRITE}.`;
	yield {
		result: 'fail',
		message,
		place,
		expected: 'a health check',
		...(plan === undefined ? {} : {fix: FIX}),
	};
};
