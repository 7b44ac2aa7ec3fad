import type {Instruction} from '../../dockerfile/ast.ts';
import {quoted} from '../../dockerfile/error.ts';
import {pipesOf} from '../../shell/pipes.ts';
import type {Command, Script} from '../../shell/script.ts';
import type {Step} from '../../stages/chain.ts';
import {ranScripts} from '../ran.ts';
import type {Rule, RuleFinding, Subject} from '../rule.ts';
import {chainOf, isSimple} from '../shell/lists.ts';
import {asAdd} from './add-unpack-fix.ts';
import {fetchOf} from './fetches.ts';

const ARCHIVE = /\.(?:tar|tar\.(?:gz|bz2|xz|zst)|tgz|tbz2?|txz)$/i;

/** ADD unpacks in one step what COPY or curl bring first as a file, which then stays in a layer. */
export const addUnpack: Rule = function* (subject) {
	const found = [...copied(subject), ...fetched(subject)];
	yield* found.toSorted((a, b) => (a.place?.line ?? 0) - (b.place?.line ?? 0));
};

/** `COPY a.tar.gz /tmp/` and then `RUN tar -xf /tmp/a.tar.gz`. */
function* copied(subject: Subject): Generator<RuleFinding> {
	const scripts = new Map(ranScripts(subject).map(script => [script.instruction, script] as const));
	// What tar makes under another user is that user's.
	const users = new Set(
		subject.steps.filter(({instruction}) => instruction.keyword === 'USER').map(({stage}) => stage),
	);
	const copies = new Map<string, Instruction>();
	let previous: Instruction | undefined;
	for (const step of subject.steps) {
		const {instruction, stage} = step;
		for (const name of archivesIn(step)) {
			copies.set(`${stage.index} ${name}`, instruction);
		}
		const script = scripts.get(instruction);
		const found = script === undefined ? [] : script.commands.flatMap(archivesOf);
		yield* found.flatMap(name => {
			const copy = copies.get(`${stage.index} ${name}`);
			copies.delete(`${stage.index} ${name}`);
			const isNext = copy === previous && !users.has(stage);
			return copy === undefined ? [] : [unpacked(subject, name, copy, isNext ? script : undefined)];
		});
		previous = instruction;
	}
}

function unpacked({file}: Subject, name: string, copy: Instruction, script: Script | undefined): RuleFinding {
	const edits = script === undefined ? [] : asAdd(copy, script);
	return {
		result: 'fail',
		message: `${quoted(name)} is copied here and unpacked later, so the layer keeps the archive, too: ADD unpacks an archive of the build context by itself.`,
		place: {file, line: copy.line},
		...(edits.length === 0 ? {} : {fix: {title: 'ADD unpacks the archive', edits}}),
	};
}

/** The archives that a COPY brings from the build context. */
function archivesIn({instruction, expand}: Step): readonly string[] {
	const {keyword, flags, heredocs, words, json} = instruction;
	const isOwn = keyword === 'COPY' && heredocs.length === 0 && !flags.some(({name}) => name === 'from');
	const sources = isOwn ? (json ?? words.map(({text}) => text)).slice(0, -1) : [];
	return sources.map(source => baseOf(expand(source) ?? '')).filter(name => ARCHIVE.test(name));
}

/** The archives that tar unpacks, without their folders. */
function archivesOf({name, args}: Command): readonly string[] {
	const isUnpacking = (name === 'tar' || name === 'bsdtar') && args.some(({text}) => isExtract(text));
	return isUnpacking ? args.map(({unquoted}) => baseOf(unquoted)).filter(each => ARCHIVE.test(each)) : [];
}

function isExtract(text: string): boolean {
	return /^-?[a-zA-Z]*x[a-zA-Z]*$/.test(text) || text === '--extract' || text === '--get';
}

function baseOf(path: string): string {
	return path.slice(path.lastIndexOf('/') + 1);
}

function* fetched(subject: Subject): Generator<RuleFinding> {
	for (const script of ranScripts(subject)) {
		const line = unpackedLine(script);
		if (line !== undefined) {
			const message =
				'This archive is downloaded and unpacked by hand: ADD --unpack=true --checksum=sha256:… does both, compares it, and needs neither curl nor tar in the image.';
			yield {result: 'fail', message, place: {file: subject.file, line}};
		}
	}
}

/** Of the download in a RUN that does nothing else. */
function unpackedLine(script: Script): number | undefined {
	const {commands} = script;
	const names = commands.map(({name}) => name);
	const fetches = commands.filter(({name}) => name === 'curl' || name === 'wget');
	const [source] = fetches;
	const isPlain = chainOf(script)?.every(isSimple) === true;
	const isOnly = isPlain && names.every(name => ONLY.has(name)) && fetches.length === 1;
	const unpacker = commands.find(
		({name, args}) => (name === 'tar' || name === 'bsdtar') && args.some(({text}) => isExtract(text)),
	);
	const fetch = source === undefined || !isOnly || unpacker === undefined ? undefined : fetchOf(source);
	const isPiped = pipesOf(commands).length > 0 || (fetch?.files.length ?? 0) > 0;
	// ADD cannot leave out the first folders, nor take only some of the files.
	const isWhole = unpacker?.args.every(({text}) => !text.startsWith('--') || text === '--extract') === true;
	return fetch !== undefined && isPiped && isWhole ? source?.line : undefined;
}

const ONLY: ReadonlySet<string> = new Set([
	'curl',
	'wget',
	'tar',
	'bsdtar',
	'rm',
	'mkdir',
	'cd',
	'set',
	'echo',
	'sha256sum',
	'sha512sum',
]);
