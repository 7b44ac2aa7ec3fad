import type {Stage} from '../../dockerfile/ast.ts';
import type {Rule, RuleFinding, Subject} from '../rule.ts';
import {prependTo} from './commands.ts';
import {failAt, fixOf} from './finding.ts';
import {type IndexRun, indexRuns} from './index-updates.ts';
import {isMounted} from './mounts.ts';
import {remembered} from './remembered.ts';
import {baseImageOf, type Image} from './stages.ts';

const LISTS = '/var/lib/apt/lists';

export const updateBeforeInstall: Rule = function* (subject) {
	const isOfficial = remembered((stage: Stage) => isOfficialBase(baseImageOf(subject, stage)));
	for (const [stage, runs] of indexRuns(subject, 'apt')) {
		let last: IndexRun | undefined;
		for (const run of runs) {
			// Where the update before it stands alone, that one has a finding of its own.
			if (last?.alone === undefined || run.updates.length > 0) {
				yield* judge(run, subject, () => last !== undefined || isOfficial(stage));
			}
			last = run.updates.length > 0 ? run : last;
		}
	}
};

function* judge({early, script}: IndexRun, subject: Subject, isSafe: () => boolean): Generator<RuleFinding> {
	if (early === undefined || isMounted(script.instruction, LISTS)) {
		return;
	}
	const update = `${early.command.name === 'aptitude' ? 'apt-get' : early.command.name} update`;
	const message = `This RUN uses lists of packages that an older layer left, if it left any, and old lists name packages that are gone: write ${update} && in front of it.`;
	const fix = isSafe() ? fixOf(`${update} first`, prependTo(early.command, update)) : undefined;
	yield failAt(subject, early.command, message, fix);
}

/** Docker's official images bring no lists. Somebody else's may, and then an update would change what is installed. */
function isOfficialBase(image: Image | undefined): boolean {
	return (
		image !== undefined && image.registry === '' && image.name !== 'scratch' && !image.name.includes('/')
	);
}
