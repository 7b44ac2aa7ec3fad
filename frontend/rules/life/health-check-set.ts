import type {Instruction} from '../../dockerfile/ast.ts';
import {chainOf, stepsOf} from '../../stages/chain.ts';
import {referencesOf} from '../../stages/references.ts';
import type {Fix, Rule, RuleFinding, Subject} from '../rule.ts';

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
	const {dockerfile, target, buildArgs} = subject;
	const chain = chainOf(referencesOf(dockerfile, buildArgs), target);
	let last: Instruction | undefined;
	for (const {instruction} of stepsOf(dockerfile, chain, buildArgs)) {
		last = instruction.keyword === 'HEALTHCHECK' ? instruction : last;
	}

	yield* last === undefined ? undefinedCheck(subject, chain.base) : judge(last, subject);
};

function* judge(instruction: Instruction, {file}: Subject): Generator<RuleFinding> {
	const place = {file, line: instruction.line};
	if (instruction.words[0]?.text.toUpperCase() === 'NONE') {
		// No fix: the author has decided this, and only the author can decide otherwise.
		const message = `HEALTHCHECK NONE switches the health check off, so nobody sees when the application hangs: ${WRITE}.`;
		yield {result: 'fail', message, place, expected: 'a health check'};
		return;
	}

	const wrong = wrongWith(instruction);
	if (wrong !== undefined) {
		yield {result: 'fail', message: `This HEALTHCHECK notices too late: ${wrong}.`, place};
	}
}

function* undefinedCheck(
	{plan, images, file, target}: Subject,
	base: string | undefined,
): Generator<RuleFinding> {
	const facts = base === undefined ? undefined : images.get(base);
	const place = {file, line: target.from.line};
	if (facts?.hasHealthcheck === true) {
		return;
	}

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
}

/** The control's bounds: looked at once a minute or oftener, an answer within the interval, at most five retries. */
function wrongWith({flags}: Instruction): string | undefined {
	const flag = (name: string): string | undefined => flags.find(each => each.name === name)?.value;
	const interval = secondsOf(flag('interval')) ?? 30;
	const timeout = secondsOf(flag('timeout')) ?? 30;
	const retries = Number(flag('retries') ?? 3);
	if (interval > 60) {
		return `--interval is ${interval} seconds, and 60 is the most`;
	}

	if (timeout > interval) {
		return `--timeout (${timeout} seconds) is longer than --interval (${interval} seconds)`;
	}

	return retries > 5 ? `--retries is ${retries}, and 5 is the most` : undefined;
}

const units: Readonly<Record<string, number>> = {
	ns: 1e-9,
	us: 1e-6,
	µs: 1e-6,
	ms: 1e-3,
	s: 1,
	m: 60,
	h: 3600,
};

/** Go's notation, such as `1m30s`. Zero and what does not parse mean the default, or an error that BuildKit reports itself. */
function secondsOf(text: string | undefined): number | undefined {
	if (text === undefined || !/^(?:\d{1,9}(?:\.\d{1,9})?(?:ns|us|µs|ms|s|m|h)){1,7}$/.test(text)) {
		return undefined;
	}

	const parts = text.matchAll(/([\d.]+)([a-zµ]+)/g);
	const seconds = Array.from(parts, ([, count, unit = '']) => Number(count) * (units[unit] ?? 0));
	return seconds.reduce((sum, part) => sum + part, 0) || undefined;
}
