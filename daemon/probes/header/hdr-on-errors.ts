import {randomUUID} from 'node:crypto';
import type {ProxyContract} from '../../../proto/contract.ts';
import {reasonOf} from '../../error.ts';
import {type Answer, type Asked, valuesOf} from '../ask.ts';
import {type Endpoint, eachEndpoint, ofProxy, type ProbeFinding, type Subject, unseen} from '../probe.ts';

/** What gives an application's insides away: stack traces, connection strings, paths of sources. */
const leaks: readonly (readonly [string, RegExp])[] = [
	['a JavaScript stack trace', /\n\s+at .{1,200}\(?(?:file:\/\/|node:|\/)[^\s)]{1,200}:\d+:\d+/],
	['a Python stack trace', /Traceback \(most recent call last\)/],
	['a Java stack trace', /\n\s+at [\w.$]{3,200}\([\w$]{1,80}\.java:\d+\)/],
	['a Go stack trace', /goroutine \d+ \[running\]/],
	['a PHP error', /(?:Fatal error|Warning)<\/b>?:.{1,200} in .{1,200} on line/],
	[
		'a connection string',
		/\b(?:postgres(?:ql)?|mysql|mongodb(?:\+srv)?|redis|amqp):\/\/[^\s"'<]{1,64}:[^\s"'<@]{1,64}@/,
	],
];

export const hdrOnErrors = ofProxy(async (proxy, subject, signal) =>
	eachEndpoint(subject, 'https', async endpoint =>
		Promise.all(
			questions(proxy).map(([title, asked]) => lookAt(title, asked, {proxy, subject, endpoint, signal})),
		),
	),
);

function questions({healthPath, limits}: ProxyContract): readonly (readonly [string, Asked])[] {
	return [
		['the health route', {path: healthPath}],
		['an unknown path', {path: `/sallyport-canary-${randomUUID()}`}],
		[
			'a malformed request',
			{
				path: '/',
				headers: [
					['Host', 'a.invalid'],
					['Host', 'b.invalid'],
				],
			},
		],
		...(limits.bodyBytes > 0
			? [
					[
						'a body that is too large',
						{path: '/', method: 'POST', announcedBytes: limits.bodyBytes + 1},
					] as const,
				]
			: []),
	];
}

interface Look {
	readonly proxy: ProxyContract;
	readonly subject: Subject;
	readonly endpoint: Endpoint;
	readonly signal: AbortSignal;
}

async function lookAt(
	title: string,
	asked: Asked,
	{proxy, subject, endpoint, signal}: Look,
): Promise<ProbeFinding> {
	let answer: Answer;
	try {
		answer = await subject.ask(endpoint, asked, signal);
	} catch (error) {
		return unseen(`Port ${endpoint.port} gave no answer to ${title}: ${reasonOf(error)}`);
	}

	const missing = proxy.headers.filter(header => !isKept(header, answer)).map(({name}) => name);
	const leak = answer.status >= 400 ? leaks.find(([, pattern]) => pattern.test(answer.body))?.[0] : undefined;
	const observed = {question: title, status: answer.status, missing};
	if (missing.length > 0) {
		return {
			result: 'fail',
			message: `The answer to ${title} (${answer.status}) lacks ${missing.join(', ')}; use "always", and one include for every location`,
			observed,
		};
	}

	return leak === undefined
		? {result: 'pass', message: `The answer to ${title} (${answer.status}) has every header`, observed}
		: {
				result: 'fail',
				message: `The answer to ${title} (${answer.status}) shows ${leak}; answer errors with a page of your own`,
				observed,
			};
}

/** There exactly once, and with the promised value where one was promised. */
function isKept({name, value}: ProxyContract['headers'][number], answer: Answer): boolean {
	const values = valuesOf(answer, name);
	return values.length === 1 && (value === undefined || values[0]?.toLowerCase() === value.toLowerCase());
}
