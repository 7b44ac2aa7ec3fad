import type {Options} from './options.ts';

/** A delegated solve does not inherit the client's cache imports. */
export function cacheImports({raw}: Options): {
	readonly cacheImports?: readonly {type: string; attrs: Record<string, string>}[];
} {
	const text = raw.get('cache-imports');
	if (text === undefined) {
		return {};
	}

	try {
		const list = JSON.parse(text) as readonly {
			readonly Type?: string;
			readonly Attrs?: Record<string, string>;
		}[];
		return {cacheImports: list.map(({Type = '', Attrs = {}}) => ({type: Type, attrs: Attrs}))};
	} catch {
		// The delegate reads the same option and says what is wrong with it.
		return {};
	}
}
