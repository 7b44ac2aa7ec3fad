import type {Fix, Subject} from '../rule.ts';
import {candidateOf} from './candidate.ts';
import {composed} from './compose.ts';
import {dotnet} from './dotnet.ts';
import {go} from './go.ts';
import {java} from './java.ts';
import {native} from './native.ts';
import {node} from './node.ts';
import {php} from './php.ts';
import {python} from './python.ts';
import {ruby} from './ruby.ts';
import {rust} from './rust.ts';
import {settledOf} from './settled.ts';
import type {Candidate, Doubt, Language, SplitPlan} from './split.ts';

/** One file and one line per language; the first that knows the stage is asked. */
const languages: readonly Language[] = [node, python, ruby, php, go, rust, java, dotnet, native];

/** A stage that builds and runs, and the two that would take its place. */
export interface Split {
	readonly leaves: string;
	readonly line: number;
	readonly proposal: readonly string[];
	/** Absent where it is only shown. */
	readonly fix?: Fix;
	readonly doubts: readonly Doubt[];
}

/** How the image's stage could be split; absent where no language knows how, or nothing would be gained. */
export function splitOf(subject: Subject): Split | undefined {
	const candidate = candidateOf(subject);
	const settled = candidate === undefined ? undefined : settledOf(candidate);
	const asked = settled?.candidate ?? candidate;
	const plan = asked === undefined ? undefined : planOf(asked);
	const made = candidate === undefined || plan === undefined ? undefined : composed(candidate, plan, settled);
	if (candidate === undefined || plan === undefined || made === undefined) {
		return undefined;
	}

	const {leaves, base} = plan;
	const isUnknown = subject.unresolved?.includes(base.ref) === true;
	const doubts = isUnknown ? [{why: `the builder knows no image ${base.ref}`, line: undefined}] : plan.doubts;
	return {
		leaves,
		line: candidate.stage.from.line,
		proposal: made.proposal,
		doubts,
		...(doubts.length === 0 ? {fix: made.fix} : {}),
	};
}

function planOf(candidate: Candidate): SplitPlan | undefined {
	for (const {plan: ask} of languages) {
		const plan = ask(candidate);
		if (plan !== undefined) {
			return plan;
		}
	}

	return undefined;
}
