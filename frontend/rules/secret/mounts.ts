import type {Flag, Instruction} from '../../dockerfile/ast.ts';

/** A secret that a RUN is given. */
export interface SecretMount {
	readonly flag: Flag;
	readonly id: string;
	/** Where it lies as a file; absent when it is only a variable. */
	readonly path: string | undefined;
	/** The variable that holds it. */
	readonly variable: string | undefined;
	readonly isRequired: boolean;
}

const DEFAULT_FOLDER = '/run/secrets/';

export function secretMountsOf({keyword, flags}: Instruction): readonly SecretMount[] {
	return keyword === 'RUN' ? flags.filter(({name}) => name === 'mount').flatMap(readMount) : [];
}

function readMount(flag: Flag): readonly SecretMount[] {
	const fields = new Map(
		(flag.value ?? '').split(',').map(field => {
			const at = field.indexOf('=');
			return at === -1 ? [field, ''] : [field.slice(0, at), field.slice(at + 1)];
		}),
	);
	const first = (...names: readonly string[]): string | undefined =>
		names.map(name => fields.get(name)).find(value => value !== undefined && value !== '');
	if (fields.get('type') !== 'secret') {
		return [];
	}

	const target = first('target', 'dst', 'destination');
	const variable = first('env');
	const id = first('id', 'source', 'src') ?? target?.slice(target.lastIndexOf('/') + 1) ?? variable ?? '';
	const required = fields.get('required');
	return [
		{
			flag,
			id,
			path: target ?? (variable === undefined ? DEFAULT_FOLDER + id : undefined),
			variable,
			isRequired: required !== undefined && required !== 'false',
		},
	];
}

export function hasMount({keyword, flags}: Instruction, type: 'secret' | 'ssh'): boolean {
	return (
		keyword === 'RUN' &&
		flags.some(({name, value = ''}) => name === 'mount' && value.split(',').includes(`type=${type}`))
	);
}
