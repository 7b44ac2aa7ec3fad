import type {Instruction} from '../../dockerfile/ast.ts';
import type {Plan} from '../../proxies/plan.ts';
import type {Rule, RuleFinding, Subject} from '../rule.ts';
import {withoutProxy} from './configuration.ts';

const OURS = /sallyport-init(?:["',\s]|$)/;
const WRITE =
	'write HEALTHCHECK CMD ["/opt/sallyport/bin/sallyport-init", "health"], which asks the application through the proxy';

export const healthThroughProxy: Rule = function* (subject) {
	const {plan} = subject;
	if (plan === undefined) {
		yield* withoutProxy(subject);
		return;
	}

	const last = subject.steps.findLast(
		({instruction, stage}) => instruction.keyword === 'HEALTHCHECK' && subject.roleOf(stage) === 'final',
	);
	// One that the base image brings asks the application by itself: it cannot know of the proxy.
	const check = last?.instruction;
	yield* check === undefined ? inherited(subject) : judge(check, plan, subject);
};

function* judge(check: Instruction, plan: Plan, {file}: Subject): Generator<RuleFinding> {
	const command = check.json?.join(' ') ?? check.args;
	const place = {file, line: check.line};
	// What is switched off asks nobody; that is another rule's to say.
	if (OURS.test(command) || /^NONE\s*$/i.test(command)) {
		return;
	}

	const port = portIn(command);
	if (port === plan.listeners.https) {
		return;
	}

	if (port === undefined) {
		const message = `Whom this HEALTHCHECK asks cannot be told from its command, so neither can whether a proxy that hangs would be noticed: ${WRITE}.`;
		yield {result: 'not-evaluated', message, place};
		return;
	}

	const message = `This HEALTHCHECK asks port ${port} and not the proxy, so a proxy that hangs counts as healthy: ${WRITE}.`;
	yield {result: 'fail', message, place};
}

const LOCAL = /(?:(https?):\/\/)?(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\])(?::(\d{1,5}))?(?![\w.:-])/;

/** The port of an address of this very container; absent when it is not asked by one, or by a variable. */
function portIn(command: string): number | undefined {
	const [, scheme, port] = LOCAL.exec(command) ?? [];
	if (port !== undefined) {
		return Number(port);
	}

	return scheme === undefined ? undefined : scheme === 'https' ? 443 : 80;
}

function* inherited({chain, images, file, target}: Subject): Generator<RuleFinding> {
	const facts = chain.base === undefined ? undefined : images.get(chain.base);
	if (facts?.hasHealthcheck === true) {
		const message = `The base image's health check asks the application and not the proxy, so a proxy that hangs counts as healthy: ${WRITE}.`;
		yield {result: 'fail', message, place: {file, line: target.from.line}};
		return;
	}

	if (chain.base !== 'scratch' && facts === undefined) {
		const message = `Whether the base image brings a health check of its own, which would pass the proxy by, only a build can look up: ${WRITE}.`;
		yield {result: 'not-evaluated', message, place: {file, line: target.from.line}};
	}
}
