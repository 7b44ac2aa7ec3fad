import type {Instruction} from '../../dockerfile/ast.ts';

interface Mount {
	readonly type: string;
	/** As written, without a slash at the end; empty when there is none. */
	readonly target: string;
	/** What it is taken from: a stage, an image, a named context; empty for the build context. */
	readonly from: string;
	/** The folder or file there, as written; empty for all of it. */
	readonly source: string;
}

/** What `--mount` puts in front of a RUN's folders. */
export function mountsOf({flags}: Instruction): readonly Mount[] {
	return flags
		.filter(({name, value}) => name === 'mount' && value !== undefined)
		.map(({value = ''}) => {
			const fields = new Map(value.split(',').map(field => pairOf(field)));
			const target = fields.get('target') ?? fields.get('dst') ?? fields.get('destination') ?? '';
			const source = fields.get('source') ?? fields.get('src') ?? '';
			return {
				type: fields.get('type') ?? 'bind',
				target: target.replace(/\/$/, ''),
				from: fields.get('from') ?? '',
				source,
			};
		});
}

function pairOf(field: string): readonly [string, string] {
	const equals = field.indexOf('=');
	return equals === -1
		? [field.trim().toLowerCase(), '']
		: [field.slice(0, equals).trim().toLowerCase(), field.slice(equals + 1).trim()];
}

/** Whether what is written below this folder stays out of the layer: a cache or a tmpfs is mounted on it or above it. */
export function isMounted(instruction: Instruction, folder: string): boolean {
	return mountsOf(instruction).some(
		({type, target}) =>
			(type === 'cache' || type === 'tmpfs') &&
			target !== '' &&
			(folder === home(target) || folder.startsWith(`${home(target)}/`)),
	);
}

/** Somebody's home, as `/root`. */
export function home(path: string): string {
	return path.replace(/^(?:~|\$HOME|\$\{HOME\}|\/home\/[^/]+)(?=\/|$)/, '/root');
}
