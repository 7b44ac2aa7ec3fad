import type {ControlId} from '../policies/catalogue.ts';
import {PolicyError} from '../policies/error.ts';
import type {Judge} from './observe.ts';
import type {Project} from './project.ts';
import type {Plan, PlanHeader} from './proxies/plan.ts';

/** Headers of the proxy that protect somebody, by the control that asks for them, and values that protect nobody. */
const guarded: ReadonlyMap<string, {readonly control: ControlId; readonly idle: RegExp}> = new Map([
	['permissions-policy', {control: 'hdr-permissions', idle: /=\s*\*/}],
	['cross-origin-opener-policy', {control: 'hdr-frame', idle: /^unsafe-none\b/i}],
	['cross-origin-resource-policy', {control: 'hdr-cors', idle: /^cross-origin$/i}],
	[
		'x-permitted-cross-domain-policies',
		{control: 'hdr-cors', idle: /^(?:all|by-content-type|by-ftp-filename)$/i},
	],
]);

/**
 * What a project file takes away of the proxy's protection is the bundle's to allow: it does where the control is only told of, or
 * off.
 * @throws {PolicyError} POLICY_WEAKENED with the line
 */
export function refuseWeakerProxy(bundle: Judge, project: Project): void {
	const {file, headers, routes, settings} = project;
	for (const {name, line} of headers.removed) {
		refuseWithout(bundle, name, {file, line});
	}

	const ofPlan = headers.set.map(header => ({
		header,
		line: project.lines.get(`headers.${header.mode}.${header.name}`) ?? 1,
	}));
	const ofRoutes = routes.flatMap(({headers: {set}, line}) => set.map(header => ({header, line})));
	for (const {header, line} of [...ofPlan, ...ofRoutes]) {
		if (isIdle(header)) {
			refuseWithout(
				bundle,
				`${header.name} other than ${JSON.stringify(header.value)}`,
				{file, line},
				header.name,
			);
		}
	}

	if (settings.tls.minVersion === 'TLSv1.2' && leastVersion(bundle) === 'TLSv1.3') {
		const line = project.lines.get('proxy.tls.profile') ?? 1;
		const message = `${file}:${line}: the profile "intermediate" takes TLS 1.2, and the bundle ${bundle.name} wants 1.3 (proxy-tls-min-version); write "modern", or leave it out`;
		throw new PolicyError('POLICY_WEAKENED', message, line);
	}

	if (settings.addresses === 'full' && bundle.terms.scope.categories.includes('privacy')) {
		const line = project.lines.get('proxy.logs.addresses') ?? 1;
		const message = `${file}:${line}: whole addresses are to be logged, and the bundle ${bundle.name} has privacy in scope; leave "addresses" out, or write "truncated"`;
		throw new PolicyError('POLICY_WEAKENED', message, line);
	}
}

/** What the bundle wants of TLS: `params: {minVersion: 1.3}` of its control is 1.3 alone. */
export function leastVersion(bundle: Pick<Judge, 'settings'> | undefined): Plan['tls']['minVersion'] {
	return Number(bundle?.settings['proxy-tls-min-version'].params['minVersion'] ?? 0) > 1.2
		? 'TLSv1.3'
		: 'TLSv1.2';
}

function isIdle({name, value}: PlanHeader): boolean {
	return guarded.get(name.toLowerCase())?.idle.test(value) === true;
}

function refuseWithout(
	{name: bundle, settings}: Judge,
	what: string,
	{file, line}: {readonly file: string; readonly line: number},
	header = what,
): void {
	const control = guarded.get(header.toLowerCase())?.control;
	const level = control === undefined ? 'off' : settings[control].level;
	if (level === 'warn' || level === 'error') {
		const message = `${file}:${line}: the bundle ${bundle} wants a ${what} (${control}: ${level}); a repository may protect more, never less`;
		throw new PolicyError('POLICY_WEAKENED', message, line);
	}
}
