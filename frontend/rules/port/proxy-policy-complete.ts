import type {Plan, PlanHeader} from '../../proxies/plan.ts';
import type {Rule} from '../rule.ts';
import {asksNginx, type Configuration, withoutProxy, wrongs} from './configuration.ts';

export const proxyPolicyComplete: Rule = function* (subject) {
	const {plan} = subject;
	if (plan === undefined) {
		yield* withoutProxy(subject);
		return;
	}

	yield* wrongs(subject, [
		...headerWrongs(plan),
		...asksNginx(subject, plan, protocolWrongs),
		plan.healthPath.startsWith('/')
			? undefined
			: 'The proxy has no health route of its own: its path starts with a slash, such as /.sallyport/health.',
	]);
};

/** What each header must say, for browsers to do anything about it. */
const headers: readonly {
	readonly name: string;
	readonly says: (value: string) => boolean;
	readonly want: string;
}[] = [
	{
		name: 'Strict-Transport-Security',
		says: value => /max-age=[1-9]/i.test(value),
		want: 'max-age with a number of seconds above zero',
	},
	{
		name: 'Content-Security-Policy',
		says: limitsFraming,
		want: 'at least frame-ancestors, and neither "*" nor a whole scheme in it',
	},
	{name: 'X-Content-Type-Options', says: value => /^nosniff$/i.test(value), want: 'nosniff'},
	{
		name: 'X-Frame-Options',
		says: value => /^(?:DENY|SAMEORIGIN)$/i.test(value),
		want: 'DENY or SAMEORIGIN',
	},
	{
		name: 'Referrer-Policy',
		says: value => /^\S/.test(value) && !/\bunsafe-url\b/i.test(value),
		want: 'a policy other than unsafe-url',
	},
];

const ANYBODY: ReadonlySet<string> = new Set([
	'*',
	'http:',
	'https:',
	'http://*',
	'https://*',
	'data:',
	'blob:',
]);

function limitsFraming(policy: string): boolean {
	const directives = policy.split(';').map(text => text.trim().toLowerCase().split(/\s+/));
	// Of a directive that comes twice, the first holds.
	const framers = directives.find(([name]) => name === 'frame-ancestors')?.slice(1) ?? [];
	return framers.length > 0 && !framers.some(each => ANYBODY.has(each));
}

function headerWrongs(plan: Plan): readonly (string | undefined)[] {
	return headers.flatMap(({name, says, want}) => {
		const named = (header: PlanHeader): boolean => header.name.toLowerCase() === name.toLowerCase();
		const header = plan.headers.find(named);
		const routes = plan.routes.filter(route => route.headers.some(own => named(own) && !says(own.value)));
		return [
			header !== undefined && says(header.value)
				? undefined
				: `The proxy's answers do not get a ${name} that protects anybody: it has to say ${want}.`,
			...routes.map(
				({path}) =>
					`The answers of the route ${path} get a ${name} that protects nobody: it has to say ${want}.`,
			),
		];
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
