import {familiesOf} from '../base-family.ts';
import type {Fix} from '../rule.ts';
import {isIn} from './accounting.ts';
import {configurationOf} from './configuration.ts';
import type {Settled} from './settled.ts';
import {type Candidate, INSTALLED, PREPARED, RUNTIME, type SplitPlan} from './split.ts';

/** What the author's stage is called when it has no name. */
const BUILD = ['build', 'sallyport-build'];

/** The whole of a split: a name for the author's stage, which stays as it is, and the stages after it. */
export interface Composed {
	readonly fix: Fix;
	/** What the finding shows: the author's own settings are not repeated, because there may be secrets among them. */
	readonly proposal: readonly string[];
}

/** @returns undefined where the text cannot hold it: a name is taken, an instruction does not fit on one line */
export function composed(
	candidate: Candidate,
	plan: SplitPlan,
	settled: Settled | undefined,
): Composed | undefined {
	const {stage, subject} = candidate;
	const isNamed = stage.name !== undefined || settled !== undefined;
	const names = subject.dockerfile.stages.flatMap(each => each.name ?? []);
	const name = nameOf(stage.name, names, settled);
	const configuration = configurationOf(candidate, plan, settled?.over);
	if (name === undefined || configuration === undefined) {
		return undefined;
	}

	const stages = stagesOf(settled?.candidate ?? candidate, plan, name);
	const prepare = shown(stages.prepare, settled?.mounts ?? []);
	const {runtime} = stages;
	const from = `FROM ${platformOf(candidate)}${stage.base.text} AS ${name}`;
	const installed = settled === undefined ? [] : [from, ...settled.installing];
	const last = plan.last ?? [];
	const {end} = stage.base.span;
	return {
		fix: {
			title: `split: the image is made from ${plan.base.ref}, and ${plan.leaves} stay in the stage "${name}"`,
			edits: isNamed ? [] : [{span: {start: end, end}, text: ` AS ${name}`}],
			stage: {
				name: RUNTIME,
				lines: [...installed, ...prepare, ...runtime, ...configuration, ...last],
				carried: apart([...plan.carried, ...plan.install.flatMap(copiedBy)]),
			},
			isOnTrial: true,
		},
		proposal: shortened([
			...(settled === undefined ? [] : [from, '# … its steps up to the last RUN']),
			...(isNamed ? [] : [from, '# … as it is']),
			...prepare,
			...runtime,
			...(configuration.length === 0 ? [] : [`# … and ${keywordsOf(configuration)} as above`]),
			...last,
		]),
	};
}

/** The stage that is copied from. Undefined where a name is taken, or two stages have it. */
function nameOf(
	own: string | undefined,
	names: readonly string[],
	settled: Settled | undefined,
): string | undefined {
	const isTaken = [RUNTIME, PREPARED, INSTALLED].some(each => names.includes(each));
	const isAmbiguous = own !== undefined && names.filter(each => each === own).length > 1;
	if (isTaken || isAmbiguous) {
		return undefined;
	}

	return settled === undefined ? (own ?? BUILD.find(each => !names.includes(each))) : INSTALLED;
}

/** With the files that the install was shown: what prunes reads them, too. */
function shown(lines: readonly string[], mounts: readonly string[]): readonly string[] {
	return mounts.length === 0
		? lines
		: lines.map(line => line.replace(/^RUN (?!--mount)/, `RUN ${mounts.join(' ')} `));
}

/** The author's stage may have ended as another user, or with another shell. */
function asRoot({instructions}: Candidate['stage']): readonly string[] {
	const has = (keyword: string): boolean => instructions.some(each => each.keyword === keyword);
	return [...(has('USER') ? ['USER root'] : []), ...(has('SHELL') ? ['SHELL ["/bin/sh", "-c"]'] : [])];
}

/** The stage between the two, if there is one, and the last one up to its author's settings. */
function stagesOf(
	candidate: Candidate,
	plan: SplitPlan,
	name: string,
): {readonly prepare: readonly string[]; readonly runtime: readonly string[]} {
	const isPrepared = plan.prepare.length > 0;
	const source = isPrepared ? PREPARED : name;
	return {
		prepare: isPrepared ? [`FROM ${name} AS ${PREPARED}`, ...asRoot(candidate.stage), ...plan.prepare] : [],
		runtime: [
			`FROM ${platformOf(candidate)}${plan.base.text} AS ${RUNTIME}`,
			...(plan.hasAccounts === true ? [accountsLine(candidate, source)] : []),
			...plan.install,
			...apart(plan.carried).map(path => `COPY --from=${source} ${words(path)}`),
			...(plan.keepsOwners === true ? ownersLines(candidate, plan, source) : []),
		],
	};
}

const FROM = '/dev/sallyport-from';
/** Folders that are root's everywhere. */
const SYSTEM = /^\/(?:usr\/(?:local|share)\/|etc\/ssl\/|home$)/;

/**
 * COPY takes a folder's content with all its owners, but makes the folder itself anew, as root's: where the author's stage may have
 * given one away, it is given away again. A file keeps its owner, and would lie in the image twice.
 */
function ownersLines({stage, runs}: Candidate, {carried}: SplitPlan, source: string): readonly string[] {
	const {instructions} = stage;
	const user = instructions.findIndex(({keyword}) => keyword === 'USER');
	const isGiven =
		// A USER that comes last, as a repair puts it, has made nothing.
		(user >= 0 && instructions.slice(user).some(({keyword}) => keyword === 'RUN' || keyword === 'WORKDIR')) ||
		instructions.some(({flags}) => flags.some(each => each.name === 'chown' || each.name === 'chmod')) ||
		runs.some(({text}) =>
			/\b(?:chown|chmod|chgrp|mkdir -m|mkdir --mode|tar)\b|(?:^|[;&|(])\s*install\s/.test(text),
		);
	const own = apart(carried).filter(path => !SYSTEM.test(path));
	if (!isGiven || own.length === 0) {
		return [];
	}

	const there = `"${FROM}$path"`;
	const give = `if [ -d ${there} ]; then chown "$(stat -c %u:%g ${there})" "$path"; chmod "$(stat -c %a ${there})" "$path"; fi`;
	const paths = own.map(path => (path.includes(' ') ? `"${path}"` : path)).join(' ');
	return [`RUN ${mountsOf(own, source)} set -e; for path in ${paths}; do ${give}; done`];
}

/** What is mounted is digested by BuildKit file by file, each time: only what is asked about, where its name can stand in a mount. */
function mountsOf(paths: readonly string[], source: string): string {
	const mount = `--mount=type=bind,from=${source}`;
	return paths.every(path => /^[\w./@+:~-]+$/.test(path))
		? paths.map(path => `${mount},source=${path},target=${FROM}${path}`).join(' ')
		: `${mount},target=${FROM}`;
}

/** Users and groups keep their numbers. */
function accountsLine({subject, stage}: Candidate, source: string): string {
	const files = ['passwd', 'group', 'shadow'];
	const all = familiesOf(subject).get(stage) === 'debian' ? [...files, 'gshadow'] : files;
	return `COPY --from=${source} ${all.map(file => `/etc/${file}`).join(' ')} /etc/`;
}

/** It travels in messages. */
const MAX_LINES = 40;
const MAX_COLUMNS = 400;

function shortened(lines: readonly string[]): readonly string[] {
	return lines
		.slice(0, MAX_LINES)
		.map(line => (line.length > MAX_COLUMNS ? `${line.slice(0, MAX_COLUMNS)}…` : line));
}

/** `--platform=…` of the author's FROM, for the new one. */
function platformOf({stage: {from}}: Candidate): string {
	const value = from.flags.find(({name}) => name === 'platform')?.value;
	return value === undefined ? '' : `--platform=${value} `;
}

/** A path that lies in another one comes with it. There are few: see `accounting.ts`. */
function apart(paths: readonly string[]): readonly string[] {
	const all = [...new Set(paths)].slice(0, MAX_LINES);
	return all.filter(path => !all.some(folder => folder !== path && isIn(path, folder)));
}

/** A folder that comes over in a place of its own among the packages. */
function copiedBy(line: string): readonly string[] {
	const [, path] = /^COPY --from=\S+ (\S+) \1$/.exec(line) ?? [];
	return path === undefined ? [] : [path];
}

/** From here to there, which is the same place. */
function words(path: string): string {
	return /^[\w./@+:~-]+$/.test(path) ? `${path} ${path}` : JSON.stringify([path, path]);
}

function keywordsOf(lines: readonly string[]): string {
	const keywords = [...new Set(lines.map(line => line.split(/\s/, 1)[0]?.toUpperCase() ?? ''))];
	return keywords.join(', ');
}
