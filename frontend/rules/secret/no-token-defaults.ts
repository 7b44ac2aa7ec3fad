import {isHarmlessValue, isSecretName, printable} from '../../../policies/secret-names.ts';
import type {Instruction} from '../../dockerfile/ast.ts';
import {pairsOf} from '../../dockerfile/pairs.ts';
import {firstRepairs, repairableBy} from '../repairable.ts';
import type {Fix, Rule, Subject} from '../rule.ts';

/** Keys of services that watch an application, and of frameworks, that no word in their names gives away. */
const SERVICE_KEYS =
	/^(?:NEW_RELIC_LICENSE_KEY|RAILS_MASTER_KEY|AIRBRAKE_PROJECT_KEY|SKYLIGHT_AUTHENTICATION|LOGDNA_INGESTION_KEY|APPLICATIONINSIGHTS_CONNECTION_STRING|INSTANA_AGENT_KEY|DYNATRACE_TENANTTOKEN|BUGSNAG_KEY|APP_KEY|SECRET_KEY_BASE|DJANGO_SECRET|FLASK_SECRET|JWT_KEY|COOKIE_KEY|SESSION_KEY)$/;
/** Keys that sign sessions: one that everybody knows is none. */
const SIGNING =
	/^(?:SECRET_KEY_BASE|SECRET_KEY|DJANGO_SECRET(?:_KEY)?|FLASK_SECRET(?:_KEY)?|APP_KEY|APP_SECRET|JWT_KEY|JWT_SECRET|SESSION_KEY|SESSION_SECRET|COOKIE_KEY|COOKIE_SECRET|NEXTAUTH_SECRET|AUTH_SECRET)$/;
/** What only a step of the build asks for: a running container has no use for it. */
const BUILD_ONLY =
	/^(?:SECRET_KEY_BASE_DUMMY|(?:SENTRY_AUTH|CODECOV|NPM|NODE_AUTH|GITHUB|GITLAB|BUNDLE_\w{1,40})_TOKEN)$/;

export const noTokenDefaults: Rule = function* (subject) {
	const repair = firstRepairs();
	for (const {instruction, name, line, said} of tokensIn(subject)) {
		yield {
			result: 'fail',
			tier: 'T2',
			message: `ENV ${printable(name)} ${said}.`,
			place: {file: subject.file, line},
			observed: {name: printable(name)},
			...repairableBy(BUILD_ONLY.test(name) ? repair(() => fixOf(subject, instruction, name)) : undefined),
		};
	}
};

interface Token {
	readonly instruction: Instruction;
	readonly name: string;
	readonly line: number;
	/** What is wrong with it, for the message. */
	readonly said: string;
}

function tokensIn({steps, roleOf}: Subject): readonly Token[] {
	return steps
		.filter(({instruction, stage}) => instruction.keyword === 'ENV' && roleOf(stage) === 'final')
		.flatMap(({instruction, escapeBy}) =>
			pairsOf(instruction, escapeBy).flatMap(({name, value = '', line}) => {
				const said = wordsFor(name, value.replace(/^(["'])(.*)\1$/s, '$2'));
				return said === undefined ? [] : [{instruction, name, line, said}];
			}),
		);
}

function wordsFor(name: string, value: string): string | undefined {
	if (value === '' || value.includes('$')) {
		return undefined;
	}

	if (BUILD_ONLY.test(name) && isHarmlessValue(value)) {
		return 'stays in the image with a value that only the build needs: write ARG instead of ENV, or put it before the command that needs it';
	}

	const isTold = isSecretName(name) && !isHarmlessValue(value);
	if (SIGNING.test(name) && !isTold) {
		return 'gives every container the same signing key, which whoever has the image knows: put it before the command of the build that needs it, and give the container its own';
	}

	return SERVICE_KEYS.test(name) && !isHarmlessValue(value)
		? `holds the key of a service (${value.length} characters) that stays in the image: give it to the container when it is started`
		: undefined;
}

/** As ARG the steps still see it and the container does not. Only where no stage is built upon this one. */
function fixOf({dockerfile, references}: Subject, instruction: Instruction, name: string): Fix | undefined {
	const stage = dockerfile.stages.find(({instructions}) => instructions.includes(instruction));
	const isFoundation = dockerfile.stages.some(each => references.get(each)?.[0]?.stage === stage);
	const isUsed = stage?.instructions.some(
		({keyword, args}) => instruction.args !== args && keyword !== 'RUN' && args.includes(name),
	);
	const {start} = instruction.span;
	return isFoundation ||
		isUsed === true ||
		instruction.words.length !== 1 ||
		!instruction.args.startsWith(`${name}=`)
		? undefined
		: {title: `ARG ${name}`, edits: [{span: {start, end: start + 'ENV'.length}, text: 'ARG'}]};
}
