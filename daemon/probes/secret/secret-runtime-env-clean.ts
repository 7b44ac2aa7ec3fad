import {isHarmlessValue, isSecretName, printable} from '../../../policies/secret-names.ts';
import {credentialsIn} from '../../../policies/token-formats.ts';
import type {Variable} from '../../docker/settings.ts';
import {isAmong, listIn} from '../params.ts';
import {type Probe, type ProbeFinding, unseen} from '../probe.ts';
import {injectedIn} from './injected.ts';

const MAX_TOLD = 8;
const MAX_CHARACTERS = 256 * 1024;

/** What the build gate looks for in a Dockerfile, in the variables that came later. No value is ever told. */
export const secretRuntimeEnvClean: Probe = async ({promised, inside, paramsOf}) => {
	const {environment, remembered} = inside;
	// The image's own variables were judged when it was built here; those of a foreign image nobody has looked at.
	const image = promised.state === 'kept' ? await inside.image() : undefined;
	const judged = injectedIn(environment, image);
	const allowed = listIn(paramsOf('secret-runtime-env-clean'), 'allow');
	const looked = within(judged);
	const found = looked.flatMap(variable => {
		const held = isAmong(allowed, variable.name) ? undefined : credentialOf(variable);
		return held === undefined ? [] : [findingOf(variable, held, remembered?.keyed)];
	});
	const observed = {variables: environment.length, judged: looked.length};
	if (found.length === 0 && looked.length < judged.length) {
		return [
			unseen(
				'The variables hold more than is looked through; what was looked at holds no credential',
				observed,
			),
		];
	}

	return found.length === 0
		? [{result: 'pass', message: 'No variable of the container holds a credential', observed}]
		: found.slice(0, MAX_TOLD);
};

/** The first of them, as far as looking takes a moment: whoever starts a container decides how much there is. */
function within(variables: readonly Variable[]): readonly Variable[] {
	let room = MAX_CHARACTERS;
	const end = variables.findIndex(({value}) => {
		room -= value.length;
		return room < 0;
	});
	return end === -1 ? variables : variables.slice(0, end);
}

interface Held {
	readonly title: string;
	readonly tier: 'T1' | 'T2';
}

function credentialOf({name, value}: Variable): Held | undefined {
	const [match] = credentialsIn(value);
	if (match !== undefined) {
		return {title: `holds ${match.format.title}`, tier: match.format.tier};
	}

	return isSecretName(name) && !isHarmlessValue(value)
		? {title: 'is named like a secret and has a value', tier: 'T2'}
		: undefined;
}

function findingOf(
	{name, value}: Variable,
	{title, tier}: Held,
	keyed: ((text: string) => string) | undefined,
): ProbeFinding {
	return {
		result: 'fail',
		tier,
		message: `The variable ${printable(name)} ${title} (${value.length} characters), which every process and every reader of the engine sees; mount it as a file, and name the file in ${printable(name)}_FILE`,
		observed: {
			name: printable(name),
			length: value.length,
			...(keyed === undefined ? {} : {keyed: keyed(value)}),
		},
	};
}
