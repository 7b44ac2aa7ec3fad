import type {Instruction, Word} from '../../dockerfile/ast.ts';
import type {Step} from '../../stages/chain.ts';
import type {Subject} from '../rule.ts';

/** Something that an ADD fetches from the network. */
export interface RemoteSource {
	readonly kind: 'git' | 'http';
	/** Variables expanded. */
	readonly url: string;
	/** What stands behind the `#` of a git URL, or in its query. */
	readonly ref: string | undefined;
	readonly instruction: Instruction;
	readonly hasChecksum: boolean;
	readonly word: Word | undefined;
}

/** Sources of ADD, in the stages that are built, as BuildKit tells them apart. */
export function remoteSources({steps, needed}: Subject): readonly RemoteSource[] {
	const built = new Set(needed);
	return steps.flatMap(step =>
		step.instruction.keyword === 'ADD' && built.has(step.stage) ? sourcesOf(step) : [],
	);
}

function sourcesOf({instruction, expand}: Step): readonly RemoteSource[] {
	const {json, words, flags} = instruction;
	const texts = (json ?? words.map(({text}) => text)).slice(0, -1);
	const hasChecksum = flags.some(({name, value = ''}) => name === 'checksum' && value !== '');
	return texts.flatMap((text, index): readonly RemoteSource[] => {
		const url = expand(text);
		const kind = url === undefined ? undefined : kindOf(url);
		return url === undefined || kind === undefined
			? []
			: [{kind, url, ref: refOf(url), instruction, hasChecksum, word: words[index]}];
	});
}

function kindOf(url: string): 'git' | 'http' | undefined {
	if (/^(?:git@|git:\/\/|ssh:\/\/)/.test(url)) {
		return 'git';
	}

	if (!/^https?:\/\//.test(url)) {
		return undefined;
	}

	const [path = ''] = url.split(/[#?]/, 1);
	return path.endsWith('.git') ? 'git' : 'http';
}

function refOf(url: string): string | undefined {
	const query = /[?&](?:ref|tag|branch|commit|checksum)=([^&#]*)/.exec(url)?.[1];
	const fragment = url.slice(url.indexOf('#') + 1).split(':', 1)[0];
	return query ?? (url.includes('#') && fragment !== '' ? fragment : undefined);
}

/** For messages: without a user and password, printable, and short. */
export function shownUrl(url: string): string {
	const at = url.indexOf('://');
	const host = url.slice(at + 3).split(/[/?#]/, 1)[0] ?? '';
	const plain =
		at >= 0 && host.includes('@')
			? `${url.slice(0, at + 3)}${url.slice(at + 3 + host.lastIndexOf('@') + 1)}`
			: url;
	// What a query holds may be a token.
	const [path = ''] = plain.split('?', 1);
	const text = path.replaceAll(/[^\x21-\x7e]/g, '?');
	return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
