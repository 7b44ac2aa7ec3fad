import {DISCLOSING} from '../hostile-headers.ts';
import type {Plan, PlanHeader, PlanRoute} from '../plan.ts';
import {block, quoted} from './quote.ts';

/** What `add_header` needs beside it, and what of the application's answer is not told on. For `http`. */
export function headerMaps(plan: Plan): readonly string[] {
	return [
		...slotsOf(plan).flatMap(slot => slotMaps(plan, slot)),
		// The application's own Retry-After passes by itself.
		...block('map "$status:$upstream_http_retry_after" $retry_after', [
			'"429:" 1;',
			'"503:" 5;',
			'default "";',
		]),
		...hiddenHeaders(plan),
		// A cookie that was set over TLS must not be sent without. HttpOnly and SameSite are left alone: forced, they break pages.
		'proxy_cookie_flags ~ secure;',
		'more_clear_headers Server;',
	];
}

/**
 * For a `server`; locations MUST have no `add_header` of their own, or nginx drops these. What differs between routes comes from
 * `$route`, which an error page still knows. RFC 6797 §7.2: Strict-Transport-Security must not be said over plain HTTP.
 */
export function answerHeaders(plan: Plan, secure: boolean): readonly string[] {
	return [
		'add_header X-Request-ID $rid always;',
		'add_header Retry-After $retry_after always;',
		...slotsOf(plan)
			.filter(({name}) => secure || name.toLowerCase() !== 'strict-transport-security')
			.map(slot => `add_header ${quoted(slot.name)} ${shownBy(plan, slot)} always;`),
		// The port is the one that the client came to: which one is published is unknown in here.
		...(secure && plan.tls.http3 ? [`add_header Alt-Svc 'h3=":$port"; ma=86400' always;`] : []),
	];
}

/** What of the application's answer is replaced or not told. One in a location drops all inherited ones, so it is always the whole list. */
export function hiddenHeaders(plan: Plan, route?: PlanRoute): readonly string[] {
	const names = namesOf(plan).filter(name =>
		headersOf(plan, name, route).some(({mode}) => mode !== 'append'),
	);
	return ['X-Request-ID', ...DISCLOSING, ...names].map(name => `proxy_hide_header ${quoted(name)};`);
}

/** One `add_header`: the n-th header of a name. */
interface Slot {
	readonly name: string;
	readonly nth: number;
	/** What its variables are called after. */
	readonly called: string;
}

function slotsOf(plan: Plan): readonly Slot[] {
	return namesOf(plan).flatMap((name, index) => {
		const most = Math.max(...[undefined, ...plan.routes].map(route => headersOf(plan, name, route).length));
		return Array.from({length: most}, (_, nth) => ({name, nth, called: `$header_${index}_${nth}`}));
	});
}

/** Every name once, as it is written first. */
function namesOf({headers, routes}: Plan): readonly string[] {
	const names = [...headers, ...routes.flatMap(route => route.headers)].map(({name}) => name);
	return [...new Map(names.toReversed().map(name => [name.toLowerCase(), name])).values()].toReversed();
}

function headersOf({headers}: Plan, name: string, route?: PlanRoute): readonly PlanHeader[] {
	const same = (header: PlanHeader) => header.name.toLowerCase() === name.toLowerCase();
	const own = route?.headers.filter(same) ?? [];
	return own.length > 0 ? own : headers.filter(same);
}

/** The routes, by their numbers, that say something else in this slot than the plan. */
function differing(plan: Plan, {name, nth}: Slot): readonly (readonly [number, PlanHeader | undefined])[] {
	return plan.routes.flatMap((route, index) =>
		route.headers.some(header => header.name.toLowerCase() === name.toLowerCase())
			? [[index, headersOf(plan, name, route)[nth]] as const]
			: [],
	);
}

function shownBy(plan: Plan, slot: Slot): string {
	const usual = headersOf(plan, slot.name)[slot.nth];
	return differing(plan, slot).length === 0 && usual?.mode !== 'if-absent' ? textOf(usual) : slot.called;
}

function slotMaps(plan: Plan, slot: Slot): readonly string[] {
	const {name, nth, called} = slot;
	const usual = headersOf(plan, name)[nth];
	const others = differing(plan, slot);
	const byRoute = (variable: string, of: (header: PlanHeader | undefined) => string) =>
		block(`map $route ${variable}`, [
			...others.map(([index, header]) => `${index} ${of(header)};`),
			`default ${of(usual)};`,
		]);
	if (others.length === 0) {
		return usual?.mode === 'if-absent' ? fillIn(called, upstreamVariable(name), textOf(usual)) : [];
	}

	const kept = (header: PlanHeader | undefined) =>
		header?.mode === 'if-absent' ? upstreamVariable(name) : '""';
	return [
		...byRoute(`${called}_value`, textOf),
		...byRoute(`${called}_kept`, kept),
		...fillIn(called, `${called}_kept`, `${called}_value`),
	];
}

function fillIn(variable: string, own: string, otherwise: string): readonly string[] {
	return block(`map ${own} ${variable}`, [`"" ${otherwise};`, `default ${own};`]);
}

/** nginx adds no header without a value. */
function textOf(header: PlanHeader | undefined): string {
	return quoted(header?.value ?? '');
}

function upstreamVariable(name: string): string {
	return `$upstream_http_${variablePart(name)}`;
}

/** @throws {TypeError} for what is no name of a header */
export function variablePart(name: string): string {
	if (!/^[A-Za-z0-9-]{1,64}$/.test(name)) {
		throw new TypeError(`This is no header name: ${JSON.stringify(name)}`);
	}

	return name.toLowerCase().replaceAll('-', '_');
}
