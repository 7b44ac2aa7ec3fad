import {allowsInline, anyHostOf, has, matchesNothing, type Policy, parsePolicies, sourcesFor} from './csp.ts';
import {shown} from './values.ts';

/** What stands open in a policy, in words that follow "The policy"; undefined when the policy closes it. */
type Question = (policy: Policy) => string | undefined;

/** Each is closed as soon as one of the policies closes it: a browser enforces all of them. */
const questions: readonly Question[] = [
	policy => inline(policy, 'element', 'inline script'),
	policy => inline(policy, 'attribute', 'event handlers in attributes'),
	policy => anywhere(policy),
	policy => data(policy),
	policy => clearText(policy),
	policy => evaluated(policy),
	policy => objects(policy),
	policy => based(policy),
	policy => framed(policy),
];

/**
 * What is wrong with the Content-Security-Policy of a document.
 * @param meta policies of `<meta>` elements, which may say nothing of framing
 */
export function cspFlaws(header: readonly string[], meta: readonly string[]): readonly string[] {
	const policies = [...parsePolicies(header), ...parsePolicies(meta).map(withoutHeaderOnly)];
	if (policies.length === 0) {
		return ['has no Content-Security-Policy'];
	}

	const flaws = questions.flatMap(question => {
		const answers = policies.map(question);
		const [first] = answers;
		return first === undefined || answers.includes(undefined) ? [] : [first];
	});
	return flaws
		.filter((flaw, index) => flaws.indexOf(flaw) === index)
		.map(flaw => `has a policy that ${flaw}`);
}

/** CSP3 §3.3: in a document these say nothing. */
function withoutHeaderOnly(policy: Policy): Policy {
	return new Map(
		[...policy].filter(([name]) => !['frame-ancestors', 'sandbox', 'report-uri'].includes(name)),
	);
}

function runsNoScript(policy: Policy): boolean {
	const sandbox = policy.get('sandbox');
	return sandbox !== undefined && !has(sandbox, 'allow-scripts');
}

function inline(policy: Policy, kind: 'element' | 'attribute', what: string): string | undefined {
	const sources = sourcesFor(policy, kind);
	if (runsNoScript(policy)) {
		return undefined;
	}

	return sources === undefined
		? 'says nothing of script'
		: allowsInline(sources)
			? `lets ${what} run: 'unsafe-inline' without a nonce or hash`
			: undefined;
}

/** The sources of script that count; none where no address counts at all. */
function addresses(policy: Policy): readonly string[] | undefined {
	const sources = sourcesFor(policy, 'element');
	return runsNoScript(policy) || (sources !== undefined && has(sources, "'strict-dynamic'")) ? [] : sources;
}

function anywhere(policy: Policy): string | undefined {
	const sources = addresses(policy);
	if (sources === undefined) {
		return 'says nothing of script';
	}

	const source = anyHostOf(sources);
	return source === undefined ? undefined : `lets script come from anywhere: ${shown(source, 64)}`;
}

function data(policy: Policy): string | undefined {
	const sources = addresses(policy);
	return sources === undefined
		? 'says nothing of script'
		: has(sources, 'data:')
			? 'lets script come out of data: addresses'
			: undefined;
}

function clearText(policy: Policy): string | undefined {
	const sources = addresses(policy);
	const source = sources?.find(each => each.toLowerCase().startsWith('http://'));
	return sources === undefined
		? 'says nothing of script'
		: source === undefined
			? undefined
			: `lets script come without TLS: ${shown(source, 64)}`;
}

function evaluated(policy: Policy): string | undefined {
	const sources = sourcesFor(policy, 'eval');
	if (runsNoScript(policy)) {
		return undefined;
	}

	return sources === undefined
		? 'says nothing of script'
		: has(sources, "'unsafe-eval'")
			? "lets text become script: 'unsafe-eval'"
			: undefined;
}

function objects(policy: Policy): string | undefined {
	const sources = sourcesFor(policy, 'object');
	// A sandbox, whatever it allows, has no plug-ins.
	const isClosed = policy.has('sandbox') || (sources !== undefined && matchesNothing(sources));
	return isClosed ? undefined : "lets plug-ins in; say object-src 'none'";
}

function based(policy: Policy): string | undefined {
	const sources = sourcesFor(policy, 'base');
	return sources === undefined || anyHostOf(sources) !== undefined || has(sources, 'data:')
		? "lets <base> point anywhere; say base-uri 'self'"
		: undefined;
}

function framed(policy: Policy): string | undefined {
	return isFramedByAnyone(policy) ? "lets anyone frame it; say frame-ancestors 'self'" : undefined;
}

/** No directive stands in for frame-ancestors. */
export function isFramedByAnyone(policy: Policy): boolean {
	const sources = sourcesFor(policy, 'ancestors');
	return sources === undefined || anyHostOf(sources) !== undefined;
}
