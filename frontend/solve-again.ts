import {decode} from '../proto/buildkit/codec.ts';
import type {RequestOf, Result} from '../proto/buildkit/gateway.ts';
import {definition} from '../proto/buildkit/ops.ts';
import type {Gateway} from './gateway/client.ts';

type Ref = NonNullable<Result['ref']>;
type Imports = Pick<RequestOf<'solve'>, 'cacheImports'>;

/**
 * The same result, solved by us from the same steps: no step is taken twice, because equal steps are shared. Who reads
 * BuildKit's provenance then finds this frontend in it, with its image among the materials, and not only the one that it asked.
 * @param shown the steps with another text to show when one of them fails; the same steps otherwise
 */
export async function solvedAgain(
	gateway: Gateway,
	result: Result,
	imports: Imports,
	shown: (def: Uint8Array) => Uint8Array = def => def,
): Promise<Result> {
	const again = async (ref: Ref): Promise<Ref> => {
		// An empty result has no steps, and cannot be asked for.
		if (ref.def === undefined || decode(definition, ref.def).def === undefined) {
			return ref;
		}

		const answer = {allowResultReturn: true, allowResultArrayRef: true, ...imports};
		const {result: solved} = await gateway.call('solve', {definition: shown(ref.def), ...answer});
		return solved?.ref ?? ref;
	};

	const refs = Object.entries(result.refs?.refs ?? {});
	const pairs = await Promise.all(refs.map(async ([id, ref]) => [id, await again(ref)] as const));
	return {
		...result,
		...(result.ref === undefined ? {} : {ref: await again(result.ref)}),
		...(result.refs === undefined ? {} : {refs: {refs: Object.fromEntries(pairs)}}),
	};
}
