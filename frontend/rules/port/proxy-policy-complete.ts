import type {Plan} from '../../proxies/plan.ts';
import type {Rule} from '../rule.ts';
import {type Configuration, configurationOf, withoutProxy, wrongs} from './configuration.ts';

export const proxyPolicyComplete: Rule = function* (subject) {
	const {plan} = subject;
	if (plan === undefined) {
		yield* withoutProxy(subject);
		return;
	}

	yield* wrongs(subject, [
		...headerWrongs(plan),
		...protocolWrongs(configurationOf(subject, plan)),
		plan.healthPath.startsWith('/')
			? undefined
			: 'The proxy has no health route of its own: its path starts with a slash, such as /.sallyport/health.',
	]);
};

/** What each header must say, for browsers to do anything about it. */
const headers: readonly {readonly name: string; readonly says: RegExp; readonly want: string}[] = [
	{
		name: 'Strict-Transport-Security',
		says: /max-age=[1-9]/i,
		want: 'max-age with a number of seconds above zero',
	},
	{name: 'Content-Security-Policy', says: /(?:^|;)\s*frame-ancestors\s/i, want: 'at least frame-ancestors'},
	{name: 'X-Content-Type-Options', says: /^nosniff$/i, want: 'nosniff'},
	{name: 'X-Frame-Options', says: /^(?:DENY|SAMEORIGIN)$/i, want: 'DENY or SAMEORIGIN'},
	{name: 'Referrer-Policy', says: /^(?!unsafe-url$)\S/i, want: 'a policy other than unsafe-url'},
];

function headerWrongs(plan: Plan): readonly (string | undefined)[] {
	return headers.map(({name, says, want}) => {
		const header = plan.headers.find(each => each.name.toLowerCase() === name.toLowerCase());
		return header !== undefined && says.test(header.value)
			? undefined
			: `The proxy's answers do not get a ${name} that protects anybody: it has to say ${want}.`;
	});
}

const SOUND_PROTOCOL = /^TLSv1\.[23]$/;

function protocolWrongs(told: Configuration): readonly (string | undefined)[] {
	const protocols = (told.get('ssl_protocols') ?? []).flatMap(text => text.split(/\s+/));
	const isSound = protocols.length > 0 && protocols.every(protocol => SOUND_PROTOCOL.test(protocol));
	const formats = told.get('log_format') ?? [];
	const logs = (told.get('access_log') ?? []).filter(text => text !== 'off');
	return [
		isSound
			? undefined
			: 'The proxy accepts TLS below 1.2, which is broken: it takes TLSv1.2 and TLSv1.3 alone.',
		logs.length > 0 && formats.some(text => /\bescape=json\b/.test(text))
			? undefined
			: 'The proxy writes no line of JSON for every request, so nobody can tell later who asked for what.',
	];
}
