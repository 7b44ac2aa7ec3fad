import {spawnSync} from 'node:child_process';
import {mkdtempSync, readdirSync, readFileSync, rmSync, statSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import {parseDockerfile} from '../../frontend/dockerfile/parse.ts';
import {stageOf} from '../../frontend/dockerfile/stages.ts';
import {type Draft, repair} from '../../frontend/repair.ts';
import {rules} from '../../frontend/rules/index.ts';
import {subjectOf} from '../../frontend/rules/subject.ts';

// RUNs that are joined are carried out for real, apart and as one, by the shells that images have: what they leave must be equal.

/** Harmless commands; paths are relative, so all happens in a folder of its own. */
const commands = [
	...[
		'mkdir -p a',
		'mkdir a/b',
		'touch a/c',
		'touch d',
		'echo one > e',
		'echo two >> e',
		'printf %s "$A" > f',
	],
	...[
		'chmod 700 a',
		'ln -s e g',
		'cp e h',
		'mv h i',
		'rm -f e',
		'rm missing',
		'cat e',
		'true',
		':',
		'test -f e',
	],
	...[
		'[ -d a ]',
		'A=1',
		'A=2 touch j',
		'export A=3',
		'cd a',
		'umask 077',
		'set -e',
		'set +e',
		'set -u',
		'false',
	],
	...[
		'echo "$A" > k',
		'echo "$B" > l',
		'echo $? > m',
		'exit 0',
		'exit 3',
		'f() { touch n; }',
		'f',
		'! touch o',
	],
	...[
		'echo "a # b" > p',
		"echo 'q' > q # comment",
		'true | false',
		'echo ${A:=4} > r',
		': ${A:=5}',
		'trap "touch s" EXIT',
	],
	...[
		'(cd a; touch t)',
		'{ touch u; }',
		'if true; then touch v; fi',
		'echo w > w 2>&1',
		'sed -i s/o/0/ e',
		'exec true',
	],
	...[
		'touch x &',
		'alias ll=ls',
		'IFS=,',
		'echo $0 > y',
		'read Z < e',
		'echo "$Z" > z',
		'echo \\\\n > n',
		'echo $((A+1)) > aa',
	],
	...[
		'tee ab < /dev/null',
		'touch "a b"',
		'unset A',
		'shift 1',
		'hash -r',
		'wait',
		'echo ~ > ac',
		'pwd > ad',
		'cp -r a ae',
	],
];
const joints = [' && ', ' && ', ' && ', '; ', ' || '];

const script = fc
	.array(fc.tuple(fc.constantFrom(...commands), fc.constantFrom(...joints)), {minLength: 1, maxLength: 4})
	.map(parts => parts.map(([command, joint], at) => (at === 0 ? command : joint + command)).join(''));
const file = fc.record({
	runs: fc.array(script, {minLength: 2, maxLength: 4}),
	between: fc.constantFrom('\n', '\n\n', '\n# a comment\n', '\n\n# two\n\n'),
	shell: fc.constantFrom(
		undefined,
		'["/bin/bash", "-c"]',
		'["/bin/bash", "-eo", "pipefail", "-c"]',
		'["/bin/sh", "-ec"]',
	),
});

function draftOf(bytes: Uint8Array): Draft {
	const dockerfile = parseDockerfile(bytes);
	const target = stageOf(dockerfile);
	const known = {dockerfile, target, needed: dockerfile.stages, buildArgs: new Map(), images: new Map()};
	const subject = subjectOf({...known, file: 'Dockerfile', plan: undefined, requestedWaivers: []});
	const setting = {level: 'warn', fix: 'auto', tiers: {}, params: {}} as const;
	const found = [...(rules['merged-runs']?.(subject, {}) ?? [])].map(finding => ({
		rule: 'merged-runs' as const,
		setting,
		finding,
	}));
	return {dockerfile, target, found};
}

/** What the RUNs of a file do, one after the other, as a builder would run them. */
function done(text: string): {readonly ends: boolean; readonly tree: readonly string[]} {
	const dockerfile = parseDockerfile(new TextEncoder().encode(text));
	const shell = dockerfile.instructions.find(({keyword}) => keyword === 'SHELL')?.json ?? ['/bin/sh', '-c'];
	const folder = mkdtempSync(join(tmpdir(), 'sallyport-runs-'));
	try {
		const [program = '', ...args] = shell;
		const ends = dockerfile.instructions
			.filter(({keyword}) => keyword === 'RUN')
			.every(
				({args: code}) =>
					spawnSync(program, [...args, code], {
						cwd: folder,
						env: {PATH: '/usr/bin:/bin', HOME: '/nowhere'},
						timeout: 5000,
					}).status === 0,
			);
		// Of a build that fails nothing is kept.
		return {ends, tree: ends ? treeOf(folder) : []};
	} finally {
		rmSync(folder, {recursive: true, force: true});
	}
}

function treeOf(folder: string): readonly string[] {
	const paths = readdirSync(folder, {recursive: true, encoding: 'utf8'}).toSorted();
	return paths.map(path => {
		const stat = statSync(join(folder, path), {throwIfNoEntry: false});
		const content =
			stat?.isFile() === true ? readFileSync(join(folder, path), 'utf8').replaceAll(folder, '') : '';
		return `${path} ${stat?.mode ?? 'dangling'} ${content}`;
	});
}

for (const lines of ['free', 'kept'] as const) {
	test(`RUNs that are joined leave what they left apart, in real shells (lines ${lines})`, t => {
		let joined = 0;
		fc.assert(
			fc.property(file, ({runs, between, shell}) => {
				const head = shell === undefined ? 'FROM debian:12\n' : `FROM debian:12\nSHELL ${shell}\n`;
				const text = `${head}${runs.map(run => `RUN ${run}`).join(between)}\n`;
				const draft = draftOf(new TextEncoder().encode(text));
				const {bytes} = repair(draft, {lines, wants: () => true, again: draftOf});
				const after = new TextDecoder().decode(bytes);
				if (after === text) {
					return;
				}

				joined += 1;
				if (lines === 'kept') {
					t.is(after.split('\n').length, text.split('\n').length, after);
				}
				const [apart, together] = [done(text), done(after)];
				if (JSON.stringify(apart) !== JSON.stringify(together)) {
					throw new Error(`${text}\nbecame\n${after}\n${JSON.stringify({apart, together})}`);
				}
			}),
			{numRuns: 1500},
		);
		t.log(`${joined} files were joined`);
		t.true(joined > 20);
	});
}
