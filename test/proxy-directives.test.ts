import test from 'ava';
import fc from 'fast-check';
import type {Plan} from '../frontend/proxies/plan.ts';
import {anyPlan} from './helpers/any-plan.ts';
import {GUARDED, PROVEN} from './helpers/guarded.ts';
import {plan} from './helpers/plan.ts';
import {confOf} from './helpers/proxied.ts';

// nginx's known traps, looked for in the text of whatever plan: what a location silently drops, or lets run too early.

interface Block {
	readonly head: string;
	readonly lines: readonly string[];
	readonly blocks: readonly Block[];
}

/** The text as blocks. Everything of ours stands on a line of its own, so a line tells what it is. */
function parse(text: string): Block {
	const root = {head: '', lines: [] as string[], blocks: [] as Block[]};
	const open = [root];
	for (const line of text.split('\n').map(each => each.trim())) {
		const inner = open.at(-1) ?? root;
		if (line === '}') {
			open.pop();
		} else if (line.endsWith(' {')) {
			const block = {head: line.slice(0, -2), lines: [], blocks: []};
			inner.blocks.push(block);
			open.push(block);
		} else if (line !== '') {
			inner.lines.push(line);
		}
	}

	return root;
}

function all(block: Block): readonly Block[] {
	return [block, ...block.blocks.flatMap(all)];
}

const plans: readonly Plan[] = [plan, GUARDED, PROVEN, ...fc.sample(anyPlan, {numRuns: 60, seed: 5})];
const texts = plans.map(each => confOf(each)['nginx.conf'] ?? '');
const locations = texts.flatMap(text => all(parse(text)).filter(({head}) => head.startsWith('location ')));
const names = (lines: readonly string[], directive: RegExp) =>
	lines
		.flatMap(line => directive.exec(line)?.slice(1, 2) ?? [])
		.map(name => name.replaceAll('"', '').toLowerCase());

const ALWAYS =
	'host x-real-ip x-forwarded-for x-forwarded-proto x-forwarded-host x-forwarded-port x-request-id traceparent forwarded proxy x-original-url x-rewrite-url x-forwarded-user x-client-cert x-forwarded-prefix early-data'.split(
		' ',
	);

test('every location that hands a request on says every header of it, for one of its own drops all inherited ones', t => {
	const passing = locations.filter(({lines}) => lines.some(line => /^(?:proxy|grpc)_pass /.test(line)));
	t.true(passing.length > 100);
	for (const {head, lines} of passing) {
		const said = names(lines, /^(?:proxy|grpc)_set_header (\S+) /);
		t.deepEqual(
			ALWAYS.filter(name => !said.includes(name)),
			[],
			head,
		);
		t.deepEqual(
			said.filter((name, index) => said.indexOf(name) !== index),
			[],
			`${head} says one twice`,
		);
		// The same trap: what is hidden anywhere is hidden wholly.
		const hidden = names(lines, /^(?:proxy|grpc)_hide_header (\S+);/);
		t.true(hidden.length === 0 || hidden.includes('x-powered-by'), head);
	}
});

test('no location has an add_header, which would drop those of the server', t => {
	t.deepEqual(
		locations.filter(({lines}) => lines.some(line => line.startsWith('add_header '))).map(({head}) => head),
		[],
	);
});

test('beside a list of addresses nothing is returned but a refusal, for a return runs before the list', t => {
	for (const {head, lines} of locations.filter(each =>
		each.lines.some(line => /^(?:allow|deny) /.test(line)),
	)) {
		const statuses = lines.flatMap(line => /\breturn (\d+)/.exec(line)?.slice(1) ?? []);
		t.true(
			statuses.every(status => Number(status) >= 400),
			head,
		);
		t.true(lines.includes('satisfy all;'), head);
		t.true(!lines.some(line => line.startsWith('allow ')) || lines.includes('deny all;'), head);
	}
});

test('a limit of a location is whole: one limit_req drops all inherited ones', t => {
	for (const {head, lines} of locations.filter(each =>
		each.lines.some(line => line.startsWith('auth_basic ')),
	)) {
		t.is(lines.filter(line => line.startsWith('limit_req zone=guesses ')).length, 1, head);
		t.is(lines.filter(line => line.startsWith('limit_req zone=requests')).length, 1, head);
		t.true(
			lines.includes('proxy_set_header "Authorization" "";') ||
				!lines.some(line => line.startsWith('proxy_pass')),
			head,
		);
	}
});

test('a pattern is in quotes, without case, and ends where a segment ends', t => {
	for (const {head} of locations.filter(each => each.head.startsWith('location ~'))) {
		t.regex(
			head,
			/^location ~\* "\^\/(?:[A-Za-z0-9/_-]|\\x[0-9a-f]{2}|\(\?:;\[\^\/\]\*\)\?)*(?:\(\?:\[\/;\]\|\$\)|\(\?:;\[\^\/\]\*\)\?(?:\/\?)?\$)"$/,
		);
	}
});

test("a call of gRPC that nobody could be asked about is unavailable, and its errors are gRPC's", t => {
	const access = {forward: {path: '/permit', headers: []}};
	const [route] = plan.routes;
	const calls: Plan = {
		...plan,
		routes: route === undefined ? [] : [{...route, to: {kind: 'application', protocol: 'grpc'}, access}],
	};
	const errors = all(parse(confOf(calls)['nginx.conf'] ?? ''))
		.filter(({lines}) => lines.some(line => line.startsWith('grpc_pass ')))
		.flatMap(({lines}) => lines.filter(line => line.startsWith('error_page ')));
	t.is(errors[0], 'error_page 500 = /.sallyport/grpc/14;');
	t.true(errors.every(line => line.includes('/grpc/')));
});

test('nothing of what is known to go wrong is in the text', t => {
	// What the canary was told is shown there, and believed nowhere.
	for (const text of texts.map(each =>
		each.replace(/map \$http_x_forwarded_for \$canary_for \{.*?\n\t\}/s, ''),
	)) {
		for (const wrong of [
			/ssl_stapling/,
			/ssl_early_data on/,
			/ssl_session_tickets on/,
			/proxy_cache_valid/,
			/proxy_next_upstream [^;]*non_idempotent/,
			/ignore_invalid_headers off/,
			/underscores_in_headers on/,
			/localhost/,
			/auth_basic_user_file (?!\/opt\/sallyport\/conf\/users\/\d+;)/,
			/\$http_x_forwarded_for/,
			/\$uri[^;]*;\s*#? *return 30/,
		]) {
			t.notRegex(text, wrong);
		}
	}
});
