import {registry} from '../daemon/probes/index.ts';
import {cisItems, cisResult} from '../daemon/probes/isolation/cis.ts';
import {runProbes} from '../daemon/probes/run.ts';
import {type Docker, openDocker} from '../test/helpers/docker.ts';
import {openLooking, prepare, startKept} from '../test/helpers/kept.ts';
import {configurations} from './cis/configurations.ts';
import {explanations} from './cis/explanations.ts';
import {type Oracle, oracles} from './cis/oracles.ts';

// Agreement with docker-bench-security's published numbering: each number of section 5 asked of the engine by a question that was
// written independently of our probes, and of our probes, over real containers that each break one thing or two.
// Repeat: npm run bench -- cis [name of one configuration]

interface Row {
	readonly configuration: string;
	readonly number: string;
	readonly oracle: string;
	readonly ours: string;
}

const AT_ONCE = 4;
const only = process.argv[2];
const docker = await openDocker();
const wanted = configurations.filter(({name}) => only === undefined || name === only);
const rows: Row[] = [];
const begun = performance.now();
{
	await using _network = await prepare(docker);
	await using looking = await openLooking(docker);
	for (let at = 0; at < wanted.length; at += AT_ONCE) {
		const found = await Promise.all(
			wanted.slice(at, at + AT_ONCE).map(async configuration => {
				const id = await startKept(docker, configuration);
				try {
					return await compare(configuration.name, id, looking.look);
				} finally {
					await docker(['rm', '-f', id]);
				}
			}),
		);
		rows.push(...found.flat());
	}
}

tell();

async function compare(
	configuration: string,
	id: string,
	look: Awaited<ReturnType<typeof openLooking>>['look'],
): Promise<readonly Row[]> {
	const signal = AbortSignal.timeout(60_000);
	const subject = await look(id, signal);
	const asked = new Set(cisItems.flatMap(({controls}) => controls));
	const some = Object.fromEntries(
		Object.entries(registry).filter(([control]) => asked.has(control as never)),
	);
	const findings = await runProbes(some, subject, {probeMs: 20_000, totalMs: 40_000}, signal);
	subject.close();
	return Promise.all(
		cisItems.map(async item => ({
			configuration,
			number: item.number,
			oracle: await answerOf(docker, id, oracles[item.number]),
			ours: cisResult(item, findings) ?? 'nobody',
		})),
	);
}

async function answerOf(engine: Docker, id: string, oracle: Oracle | undefined): Promise<string> {
	if (oracle === undefined) {
		return 'by hand';
	}

	const {stdout} = await engine(oracle.ask(id));
	return oracle.isBad(stdout.trim()) ? 'fail' : 'pass';
}

function tell(): void {
	const judged = rows.filter(({oracle}) => oracle !== 'by hand');
	const said = judged.filter(({ours}) => ours === 'pass' || ours === 'fail');
	const apart = said.filter(({oracle, ours}) => oracle !== ours);
	say(
		`${wanted.length} containers, ${cisItems.length} numbers, of which ${Object.keys(oracles).length} can be asked of the engine`,
	);
	say(
		`${judged.length} questions, ${said.length} with a yes or no of ours; ${said.length - apart.length} agree, ${apart.length} do not`,
	);
	say(`failed by both: ${said.filter(({oracle, ours}) => oracle === 'fail' && ours === 'fail').length}`);
	for (const number of cisItems.map(each => each.number)) {
		tellNumber(
			number,
			judged.filter(row => row.number === number),
		);
	}

	const unexplained = apart.filter(row => reasonFor(row) === undefined);
	say(`unexplained: ${unexplained.length}`);
	for (const {number, configuration, oracle, ours} of unexplained) {
		say(`  ${number} ${configuration}: the engine's word is ${oracle}, ours is ${ours}`);
	}

	const differing = judged.filter(({oracle, ours}) => oracle !== ours);
	const unused = explanations.filter(each => !differing.some(row => reasonFor(row) === each.because));
	for (const {number, because} of only === undefined ? unused : []) {
		say(`  an explanation that explains nothing: ${number} ${because}`);
	}

	say(`took ${((performance.now() - begun) / 1000).toFixed(0)} s; repeat: npm run bench -- cis`);
	process.exitCode = unexplained.length === 0 ? 0 : 1;
}

function tellNumber(number: string, own: readonly Row[]): void {
	const apart = own.filter(({oracle, ours}) => oracle !== ours);
	for (const [because, group] of Map.groupBy(apart, row => reasonFor(row) ?? `we say ${row.ours}`)) {
		const names = group.map(({configuration}) => configuration);
		const told =
			names.length > 6 ? `${names.slice(0, 6).join(', ')} and ${names.length - 6} more` : names.join(', ');
		say(`${number}: ${group[0]?.oracle} / ours ${group[0]?.ours} for ${told}: ${because}`);
	}

	if (own.length > 0 && apart.length === 0) {
		say(`${number}: ${own.length} agree`);
	}
}

function reasonFor({number, configuration, oracle, ours}: Row): string | undefined {
	return explanations.find(
		each =>
			each.number === number &&
			each.oracle === oracle &&
			each.ours === ours &&
			(each.of === undefined || each.of.includes(configuration)),
	)?.because;
}

function say(line: string): void {
	process.stdout.write(`${line}\n`);
}
