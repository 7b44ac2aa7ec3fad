import {parseArgs} from 'node:util';
import {configurations, type Judged, judged} from '../test/helpers/tls/configurations.ts';
import {compare, type Disagreement, type Facts} from '../test/helpers/tls/facts.ts';
import {askOurs} from '../test/helpers/tls/ours.ts';
import {reasonFor} from '../test/helpers/tls/reasons.ts';
import {openStage} from '../test/helpers/tls/stage.ts';
import {recipe} from './tls/recipe.ts';
import {tools} from './tls/tools.ts';

// Do our TLS probes see what sslscan, sslyze and testssl.sh see of the same servers, and do they say of each what has to be said?

const {values} = parseArgs({
	options: {
		tool: {type: 'string', multiple: true},
		only: {type: 'string'},
		from: {type: 'string', default: '0'},
		parallel: {type: 'string', default: '2'},
	},
});
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const asked = configurations
	.map((configuration, index) => ({...configuration, index}))
	.filter(({name, index}) => index >= Number(values.from) && name.includes(values.only ?? ''));
const peers = tools.filter(({name}) => values.tool === undefined || values.tool.includes(name));
const counts = new Map(peers.map(({name}) => [name, {agreed: 0, explained: 0, unexplained: 0, silent: 0}]));
const verdicts = {right: 0, falsePass: 0, falseFail: 0, unseen: 0};
const lines: string[] = [];

const stage = await openStage(configurations, recipe);
try {
	const queue = [...asked];
	const worker = async (): Promise<void> => {
		for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
			await one(next).catch((error: unknown) => lines.push(`not asked | ${next?.name} | ${String(error)}`));
		}
	};
	await Promise.all(Array.from({length: Number(values.parallel)}, worker));
} finally {
	await stage.remove();
	report();
}

async function one({name, bad, index, certificate = 'rsa'}: (typeof asked)[number]): Promise<void> {
	const port = stage.portOf(index);
	await stage.listening(port);
	const {facts, findings} = await askOurs(stage.address, port, stage.authority);
	for (const id of judged) {
		const results = findings[id].map(({result}) => result);
		count(
			name,
			id,
			bad.includes(id),
			results,
			findings[id].map(({message}) => message),
		);
	}

	for (const {name: tool, ask} of peers) {
		hold(name, tool, facts, await ask(stage, port, certificate === 'rsa' ? 'handshake' : 'certificate'));
	}

	// What is known so far, should it be cut short.
	say(
		`${name}: ${peers.map(peer => `${peer.name} ${counts.get(peer.name)?.agreed} agreed in all`).join(', ')}`,
	);
}

function count(
	name: string,
	id: Judged,
	isBad: boolean,
	results: readonly string[],
	messages: readonly string[],
): void {
	const failed = results.includes('fail');
	const passed = results.length > 0 && results.every(result => result === 'pass');
	if (failed === isBad && (failed || passed)) {
		verdicts.right += 1;
		return;
	}

	verdicts[failed ? 'falseFail' : passed ? 'falsePass' : 'unseen'] += 1;
	lines.push(
		`verdict | ${name} | ${id}: ${results.join(', ')}, has to be ${isBad ? 'fail' : 'pass'} | ${messages.join(' / ').slice(0, 300)}`,
	);
}

function hold(name: string, tool: string, ours: Facts, theirs: Facts): void {
	const counted = counts.get(tool);
	if (counted === undefined) {
		return;
	}

	counted.silent += theirs.kinds.size === 0 ? 1 : 0;
	const {agreed, disagreed} = compare(ours, theirs);
	counted.agreed += agreed;
	for (const each of disagreed) {
		const reason = reasonFor(tool, name, each);
		counted[reason === undefined ? 'unexplained' : 'explained'] += 1;
		lines.push(told(tool, name, each, reason));
	}
}

function told(tool: string, name: string, {fact, ours}: Disagreement, reason: string | undefined): string {
	return `${tool} | ${name} | ${fact}: ours ${ours ? 'yes' : 'no'}, theirs ${ours ? 'no' : 'yes'} | ${reason ?? 'UNEXPLAINED'}`;
}

function report(): void {
	for (const line of lines.toSorted()) {
		say(line);
	}

	for (const [tool, {agreed, explained, unexplained, silent}] of counts) {
		say(
			`${tool}: ${agreed} facts agreed, ${explained} disagreements explained, ${unexplained} not${silent > 0 ? `, silent about ${silent} servers` : ''}`,
		);
	}

	say(
		`our verdicts on ${asked.length} servers: ${verdicts.right} right, ${verdicts.falsePass} false passes, ${verdicts.falseFail} false fails, ${verdicts.unseen} not evaluated`,
	);
}
