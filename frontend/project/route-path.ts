import type {Door, Path} from '../project-door.ts';
import type {PlanRoute} from '../proxies/plan.ts';

const MAX_PATH = 256;
/** What a route's path may hold. Nothing in it means anything to an engine. */
const PLAIN = /^\/[A-Za-z0-9._~@:+,=!/-]*$/;

/** What is wrong with a path, the most helpful first. */
const wrongs: readonly {readonly is: (path: string) => boolean; readonly say: string}[] = [
	{
		is: path => /^[~^=]|[*()[\]{}|^$\\]/.test(path),
		say: 'is a path and no pattern: regular expressions and wildcards are read nowhere, and a prefix already stands for everything below it',
	},
	{
		is: path => !path.startsWith('/') || path.length > MAX_PATH,
		say: 'is a path such as /api, at most 256 characters long',
	},
	{
		is: path => /[?#]/.test(path),
		say: 'is a path without query and fragment: routes are chosen by the path alone',
	},
	{
		is: path => path.includes('%'),
		say: 'is compared after decoding, so write the character itself and not its %XX',
	},
	{
		is: path => path.includes(';'),
		say: 'has a ";", where a path ends for the routes: /admin is /admin;x too',
	},
	{
		is: path => !PLAIN.test(path),
		say: 'has a character that no route has: letters, digits and . _ ~ @ : + , = ! - are read',
	},
	{
		is: path => /\/\/|\/\.\.?(?:\/|$)/.test(path),
		say: 'can never be asked for: slashes are merged and dots resolved before a route is chosen',
	},
	{
		is: path => /^\/\.sallyport(?:-proxy)?(?:\/|$)/i.test(path),
		say: 'can never be asked for: the proxy keeps everything below /.sallyport for itself',
	},
];

/** The path of a route in the form in which requests are compared with it. */
export function routePathAt(door: Door, path: Path, value: unknown, match: PlanRoute['match']): string {
	const text = typeof value === 'string' ? value : '';
	const name = path.join('.');
	const wrong = wrongs.find(({is}) => is(text));
	if (wrong !== undefined) {
		return door.refuse(path, `${name} ${wrong.say}`);
	}

	return match === 'prefix' && text.endsWith('/') && text !== '/'
		? door.refuse(
				path,
				`${name} ends in a slash: write ${text.slice(0, -1)}, which is that path and all below it`,
			)
		: text;
}

/** Whether a request for the second can come to the first: a prefix ends where a segment ends. Letters' case makes no difference. */
export function covers({path, match}: Pick<PlanRoute, 'path' | 'match'>, asked: string): boolean {
	const [own, other] = [path.toLowerCase(), asked.toLowerCase()];
	return own === other || (match === 'prefix' && other.startsWith(own === '/' ? own : `${own}/`));
}
