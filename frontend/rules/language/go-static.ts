import type {Stage} from '../../dockerfile/ast.ts';
import {insertBefore} from '../../shell/edits.ts';
import {hasOption} from '../../shell/options.ts';
import type {Command} from '../../shell/script.ts';
import {failAt, fixOf} from '../package/finding.ts';
import {remembered} from '../package/remembered.ts';
import {askedOf, runsOf} from '../package/runs.ts';
import {baseImageOf} from '../package/stages.ts';
import {environmentOf} from '../package/variables.ts';
import type {Fix, Rule, Subject} from '../rule.ts';
import {finalImage} from './starts.ts';

export const goStatic: Rule = function* (subject) {
	const sources = sourcesOf(subject);
	const env = environmentOf(subject);
	const lacks = remembered((stage: Stage) => lacksLibraries(subject, stage));
	for (const run of runsOf(subject).filter(({script: {stage}}) => sources.has(stage))) {
		for (const {command, verb, operands} of askedOf(run, 'go')) {
			// What comes from elsewhere is a tool of the build, as a rule.
			const isOwn = operands.every(({unquoted}) => unquoted.startsWith('.') || unquoted.endsWith('.go'));
			const isBuild = verb === 'build' || (verb === 'install' && isOwn);
			const isSaid = env(command, 'CGO_ENABLED') !== undefined || saysStatic(command);
			if (isBuild && !isSaid && lacks(run.script.stage)) {
				const message =
					'go may link this program against the C library of this stage, which the image has not got, so it would not start: write CGO_ENABLED=0 go build.';
				yield failAt(subject, command, message, repair(command));
			}
		}
	}
};

/** The stages that the image copies from. */
function sourcesOf({chain, references}: Subject): ReadonlySet<Stage> {
	const copied = chain.stages.flatMap(stage => references.get(stage) ?? []);
	return new Set(copied.flatMap(({kind, stage}) => (kind === 'copy' && stage !== undefined ? [stage] : [])));
}

/** Nothing at all, or a C library of another kind. */
function lacksLibraries(subject: Subject, stage: Stage): boolean {
	const {name = ''} = finalImage(subject) ?? {};
	const builder = baseImageOf(subject, stage);
	const isAlpine = builder?.tag.includes('alpine') === true;
	const isEmpty = name === 'scratch' || /distroless\/static/.test(name);
	const isOther = name === 'alpine' && !isAlpine;
	return builder?.name === 'golang' && (isEmpty || isOther) && (!isAlpine || hasCompiler(subject, stage));
}

/** golang's variant of Alpine brings no C compiler, and without one nothing is linked against a C library. */
function hasCompiler({scripts}: Subject, stage: Stage): boolean {
	return scripts.some(
		script => script.stage === stage && /\b(?:gcc|build-base|musl-dev|clang)\b/.test(script.text),
	);
}

function saysStatic(command: Command): boolean {
	return command.args.some(({text}) => /static|netgo/.test(text)) || hasOption(command, 'help');
}

function repair(command: Command): Fix | undefined {
	return command.startedBy === undefined
		? fixOf('CGO_ENABLED=0', insertBefore(command, 'CGO_ENABLED=0 '))
		: undefined;
}
