import {resolvePath} from '../secret/paths.ts';

/** What a package.json says, as far as splitting asks. */
export interface Manifest {
	/** The folder of the context it lies in: empty for its root. */
	readonly folder: string;
	readonly dependencies: ReadonlySet<string>;
	readonly devDependencies: ReadonlySet<string>;
	readonly scripts: ReadonlyMap<string, string>;
	readonly hasWorkspaces: boolean;
	/** Whether it asks for a yarn that does not keep packages in `node_modules`. */
	readonly isBerry: boolean;
}

/** The package.json of a folder of the context; absent where there is none, or where it is none. */
export function manifestIn(manifests: ReadonlyMap<string, string>, folder: string): Manifest | undefined {
	const text = manifests.get(resolvePath('/', `${folder}/package.json`).slice(1));
	const value = text === undefined ? undefined : parsed(text);
	if (value === undefined) {
		return undefined;
	}

	return {
		folder,
		dependencies: new Set([...keysOf(value['dependencies']), ...keysOf(value['optionalDependencies'])]),
		devDependencies: new Set(keysOf(value['devDependencies'])),
		scripts: new Map(
			Object.entries(recordOf(value['scripts'])).flatMap(([name, script]) =>
				typeof script === 'string' ? [[name, script] as const] : [],
			),
		),
		hasWorkspaces: value['workspaces'] !== undefined,
		isBerry: /^yarn@[2-9]/.test(String(value['packageManager'])),
	};
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
	try {
		return recordOf(JSON.parse(text));
	} catch {
		return undefined;
	}
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
	return typeof value === 'object' && value !== null && !Array.isArray(value)
		? (value as Readonly<Record<string, unknown>>) // It is an object.
		: {};
}

function keysOf(value: unknown): readonly string[] {
	return Object.keys(recordOf(value));
}
