import type {Plan, PlanRoute, ProxyFile} from '../plan.ts';
import {block, count} from './quote.ts';

/** Headers that say who asks, beside cookies. */
const CREDENTIALS = ['authorization', 'proxy_authorization', 'x_api_key', 'x_auth_token', 'x_access_token'];

/**
 * What the application is asked with when the answer may be for all: without cookies, for none of them must matter; for the whole; and
 * whether what is kept still holds. nginx would ask so for those whom the cache passes by as well, who then get no parts and no 304.
 */
const ASKED = {
	cookie: '""',
	range: '""',
	if_range: '""',
	if_none_match: '$upstream_cache_etag',
	if_modified_since: '$upstream_cache_last_modified',
};

/** What an upstream answer says of where it comes from. RFC 9211 */
const STATUS = {
	HIT: 'hit',
	STALE: 'hit; detail=stale',
	UPDATING: 'hit; detail=updating',
	REVALIDATED: 'fwd=stale; fwd-status=304',
	MISS: 'fwd=miss',
	EXPIRED: 'fwd=stale',
	BYPASS: 'fwd=bypass',
};

/** Nothing of a route is kept where who asks may be known by what the cache can't see. */
export function isCached({to, access, cache}: PlanRoute): boolean {
	const {basic, forward, jwt, certificate} = access;
	return (
		cache !== undefined &&
		(to.kind === 'application' || to.kind === 'upstream') &&
		to.protocol === 'http' &&
		[basic, forward, jwt, certificate].every(one => one === undefined)
	);
}

export function hasCache(plan: Plan): boolean {
	return plan.cacheBytes > 0 && plan.routes.some(isCached);
}

/** Where answers are kept, and the questions about each. For `http`. */
export function cacheZones(plan: Plan): readonly string[] {
	if (!hasCache(plan)) {
		return [];
	}

	return [
		// The size is looked at every few seconds only, the number of keys at each one: with 8 kB each they come to the same.
		`proxy_cache_path /run/sallyport/proxy/cache levels=1:2 keys_zone=answers:${count(keysBytes(plan))} ` +
			`max_size=${count(plan.cacheBytes)} inactive=1h use_temp_path=off;`,
		'js_import age from age.js;',
		'js_shared_dict_zone zone=revalidated:256k timeout=1d evict;',
		// How often what lies at a URL was changed through here. For a day: what was kept before is gone after an hour without a reader.
		'js_shared_dict_zone zone=changed:1m type=number timeout=1d evict;',
		'js_set $cache_changes age.changes;',
		// What the application is asked, and nothing decoded: it may see a difference where nginx sees none.
		...block('map "" $cache_key', ['default "$forwarded_proto://$host$port_suffix$request_uri";']),
		// Behind a space, which no URL has: RFC 9111 §4.4, what was changed is not answered from memory, in none of its variants.
		'proxy_cache_key "$cache_key $cache_changes";',
		// An answer as it was made: what a revalidation made young again is told by it.
		...block('map "" $cache_version', ['default "$upstream_http_date $cache_key";']),
		'proxy_cache_methods GET HEAD;',
		...block(`map "${CREDENTIALS.map(name => `$http_${name}`).join('')}$upgrade_header" $cache_credentials`, [
			'"" "";',
			'default 1;',
		]),
		// What the body of a GET asks for is in no key. Known only now: the whole request is here before the cache is asked.
		...block('map "$request_body$request_body_file" $cache_body', ['"" "";', 'default 1;']),
		// Without a length and without chunks an answer that was cut off looks like a whole one.
		...block('map "$upstream_http_content_length:$upstream_http_transfer_encoding" $cache_unframed', [
			'":" 1;',
			'default "";',
		]),
		// nginx counts from when an answer comes, not from when it was made. One that has been kept before, or that doesn't say
		// when it was made, would be kept too long.
		...block('map "$upstream_http_age:$upstream_http_date" $cache_aged', ['"~^0*:." "";', 'default 1;']),
		// One answer must not push out all others, nor fill the memory before the next look at the size.
		...block('map $upstream_http_content_length $cache_large', [
			`"~^[0-9]{${count(String(Math.floor(plan.cacheBytes / 8)).length + 1)}}" 1;`,
			'default "";',
		]),
		...block('map $upstream_cache_status $cache_status', [
			...Object.entries(STATUS).map(([status, said]) => `${status} "Sallyport; ${said}";`),
			'default "";',
		]),
		...plan.routes.flatMap((route, index) => (isCached(route) ? requestMaps(route.cache, index) : [])),
		...requestMaps({ignoredCookies: []}, 'canary'),
	];
}

/** The directives of a location whose answers may be kept. */
export function cacheOf(route: PlanRoute, plan: Plan): readonly string[] {
	return hasCache(plan) && isCached(route) ? cacheLines(plan.routes.indexOf(route)) : [];
}

/** @param index whose cookies are looked at: a route's number, or a name */
export function cacheLines(index: number | string): readonly string[] {
	return [
		'proxy_cache answers;',
		// No proxy_cache_valid: what doesn't say how long it may be kept is not kept.
		`proxy_cache_bypass $cache_passed_${index};`,
		`proxy_no_cache $cache_passed_${index} $cache_unframed $cache_aged $cache_large;`,
		// Only here, for where nothing can be kept it would make clients wait for each other.
		'proxy_cache_lock on;',
		'proxy_cache_lock_timeout 5s;',
		'proxy_cache_lock_age 5s;',
		'proxy_cache_revalidate on;',
		// With proxy_cache_use_stale off, only the answer's own stale-while-revalidate and stale-if-error allow it.
		'proxy_cache_use_stale off;',
		'proxy_cache_background_update on;',
		...Object.keys(ASKED).map(
			name => `proxy_set_header ${name.replaceAll('_', '-')} $cache_${name}_${index};`,
		),
		// RFC 9111 §4: an answer from a cache has an Age, which this nginx does not say.
		'js_header_filter age.say;',
	];
}

/** Beside the other headers of the TLS server's answers. */
export function cacheHeaders(plan: Plan): readonly string[] {
	return hasCache(plan) ? ['add_header Cache-Status $cache_status always;'] : [];
}

/** For the server on the socket that only the container itself can ask. */
export function purgeLocation(plan: Plan): readonly string[] {
	return hasCache(plan)
		? block('location = /purge', ['js_import purge from purge.js;', 'js_content purge.answer;'])
		: [];
}

export function cacheScripts(plan: Plan): readonly ProxyFile[] {
	const folder = '/opt/sallyport/conf/njs';
	return hasCache(plan)
		? [
				{path: `${folder}/age.js`, mode: 0o644, content: AGE},
				{path: `${folder}/purge.js`, mode: 0o644, content: PURGE},
			]
		: [];
}

/** Between 32 kB, the least that nginx takes, and 32 MB: 128 bytes for each key. */
function keysBytes({cacheBytes}: Plan): number {
	return Math.min(Math.max(Math.floor(cacheBytes / 64), 32_768), 33_554_432);
}

function requestMaps(cache: PlanRoute['cache'], index: number | string): readonly string[] {
	const names = (cache?.ignoredCookies ?? []).map(cookiePattern);
	return [
		...block(`map $http_cookie $cache_personal_${index}`, [
			'"" "";',
			// A quote or a comma may hide another cookie from us and not from the application.
			...(names.length === 0 ? [] : [`"~^(?:(?:${names.join('|')})=[^;,\\x22]*(?:; *|$))+$" "";`]),
			'default 1;',
		]),
		...block(
			`map "$request_method:$cache_credentials$cache_body$cache_personal_${index}" $cache_passed_${index}`,
			['"~^(?:GET|HEAD):$" "";', 'default 1;'],
		),
		...Object.entries(ASKED).flatMap(([name, shared]) =>
			block(`map $cache_passed_${index} $cache_${name}_${index}`, [
				`"" ${shared};`,
				`default $http_${name};`,
			]),
		),
	];
}

/** @throws {TypeError} for what RFC 6265 calls no cookie name. */
function cookiePattern(name: string): string {
	if (!/^[\w!#$%&'*+.^`|~-]{1,128}$/.test(name)) {
		throw new TypeError(`This is no name of a cookie: ${JSON.stringify(name)}`);
	}

	return name.replaceAll(/[^\w-]/g, letter => `\\x${letter.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/** njs reads ES5 and some more, and runs a script from its top for every request that needs it: there must be little up there. */
const AGE = `// Written by Sallyport. How old is an answer, and does it still hold?

/* An answer is as old as its Date says, or as its last revalidation, which nginx does not write into what it keeps. */
function say(r) {
	var v = r.variables;
	var status = v.upstream_cache_status;
	if (changes_things(r.method) && r.status >= 200 && r.status < 400) {
		ngx.shared.changed.incr(v.cache_key, 1, 0);
	}
	if (status !== 'HIT' && status !== 'STALE' && status !== 'UPDATING' && status !== 'REVALIDATED') {
		return;
	}
	var now = Date.now();
	var made = now;
	var version = v.cache_version;
	if (status === 'REVALIDATED') {
		ngx.shared.revalidated.set(version, String(now));
	} else {
		made = Number(ngx.shared.revalidated.get(version) || Date.parse(version.slice(0, 29)));
	}
	r.headersOut.Age = String(Math.max(0, Math.floor((now - made) / 1000)));
}

/* RFC 9110 §9.2.1: the safe ones; of what the proxy does not know it cannot say. */
function changes_things(method) {
	return method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS' && method !== 'TRACE';
}

function changes(r) {
	return String(ngx.shared.changed.get(r.variables.cache_key) || 0);
}

export default {changes, say};
`;

const PURGE = String.raw`// Written by Sallyport. Which answers are to be forgotten?
import fs from 'fs';

/* Without a URL all, with one that URL in all its variants, with one that ends in * all that start so. */
function answer(r) {
	var url = r.args.url;
	var root = '/run/sallyport/proxy/cache';
	var found = 0;
	list(root).forEach(function (one) {
		list(root + '/' + one).forEach(function (two) {
			var folder = root + '/' + one + '/' + two;
			list(folder).forEach(function (name) {
				if (url === undefined || fits(url, keyOf(folder + '/' + name))) {
					found += remove(folder + '/' + name);
				}
			});
		});
	});
	r.headersOut['Content-Type'] = 'application/json';
	r.return(200, '{"purged":' + found + '}\n');
}

function fits(url, key) {
	return url.slice(-1) === '*' ? key.indexOf(url.slice(0, -1)) === 0 : key === url;
}

function list(folder) {
	try {
		return fs.readdirSync(folder);
	} catch (e) {
		return [];
	}
}

/* Each file has its key in a line of its own, after nginx's own numbers. */
function keyOf(path) {
	var file;
	try {
		file = fs.openSync(path);
		var head = Buffer.alloc(9216);
		var length = fs.readSync(file, head, 0, head.length, 0);
		var text = head.toString('utf8', 0, length);
		var start = text.indexOf('\nKEY: ');
		return start < 0 ? '' : text.slice(start + 6, text.indexOf(' ', start + 6));
	} catch (e) {
		return '';
	} finally {
		if (file !== undefined) {
			fs.closeSync(file);
		}
	}
}

function remove(path) {
	try {
		fs.unlinkSync(path);
		return 1;
	} catch (e) {
		return 0;
	}
}

export default {answer};
`;
