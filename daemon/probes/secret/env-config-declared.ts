import {printable} from '../../../policies/secret-names.ts';
import {isAmong, listIn} from '../params.ts';
import {type Probe, unseen} from '../probe.ts';

export const envConfigDeclared: Probe = async ({inside, paramsOf}) => {
	const image = await inside.image();
	if (image === undefined) {
		return [
			unseen(
				'The engine has the image no more, so what came with the start cannot be told from what the image brings',
			),
		];
	}

	const {environment} = inside;
	const added = environment.filter(({name}) => !image.variables.has(name)).map(({name}) => name);
	const declared = listIn(paramsOf('env-config-declared'), 'declaredEnv');
	const stray = added.filter(name => !isAmong(declared, name));
	const observed = {
		added: added.slice(0, 64).map(printable),
		undeclared: stray.slice(0, 64).map(printable),
		declared: declared.length,
	};
	if (stray.length === 0) {
		const message =
			added.length === 0
				? 'No variable came with the start'
				: 'Every variable that came with the start is declared';
		return [{result: 'pass', message, observed}];
	}

	return declared.length === 0
		? [
				unseen(
					`${stray.length} variables came with the start, and the policy declares none; name them in declaredEnv`,
					observed,
				),
			]
		: [
				{
					result: 'fail',
					message: `The variable ${printable(stray[0] ?? '')} came with the start, and the policy does not declare it`,
					observed,
				},
			];
};
