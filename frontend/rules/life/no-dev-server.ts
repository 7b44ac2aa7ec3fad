import type {Command} from '../../shell/script.ts';
import type {Rule, Subject} from '../rule.ts';
import {startCommands, startOf} from './start.ts';

export const noDevServer: Rule = function* (subject) {
	const found = [...joinedWords(subject), ...startCommands(subject).map(wordsOf)]
		.map(({words, line}) => ({line, what: whatIs(words)}))
		.find(({what}) => what !== undefined);
	if (found !== undefined) {
		const {file} = subject;
		const message = `The image starts ${found.what}, which is made for development: it shows its insides to visitors, reloads, or serves one request after the other. Start the built application with a server for production.`;
		yield {result: 'fail', message, place: {file, line: found.line}};
	}
};

interface Words {
	readonly words: readonly string[];
	readonly line: number;
}

function wordsOf({name, args, line}: Command): Words {
	return {words: [name, ...args.map(({unquoted}) => unquoted)], line};
}

/** ENTRYPOINT with CMD for its arguments, where both are JSON arrays. */
function joinedWords(subject: Subject): readonly Words[] {
	const {entrypoint, cmd} = startOf(subject);
	return entrypoint?.json === undefined || cmd?.json === undefined
		? []
		: [{words: [...entrypoint.json, ...cmd.json], line: cmd.line}];
}

type Question = (words: readonly string[]) => string | undefined;

/** By program, what its words say; the first of them is what follows the program's name. */
const questions: ReadonlyMap<string, Question> = new Map<string, Question>([
	['flask', words => (words.includes('run') ? 'Flask’s own server (flask run)' : undefined)],
	['django-admin', djangoServer],
	['nodemon', () => 'nodemon'],
	['ts-node-dev', () => 'ts-node-dev'],
	['webpack-dev-server', () => 'webpack’s development server'],
	['air', () => 'air'],
	['dlv', () => 'the debugger dlv'],
	['debugpy', () => 'the debugger debugpy'],
	['react-scripts', first('start', 'the development server of react-scripts')],
	['vue-cli-service', first('serve', 'the development server of Vue')],
	['ng', first('serve', 'the development server of Angular', 's')],
	['next', first('dev', 'next dev')],
	['nuxt', first('dev', 'nuxt dev')],
	['nuxi', first('dev', 'nuxi dev')],
	['astro', first('dev', 'astro dev')],
	['gatsby', first('develop', 'gatsby develop')],
	['webpack', first('serve', 'webpack’s development server')],
	['fastapi', first('dev', 'fastapi dev')],
	['hugo', first('server', 'hugo server', 'serve')],
	['jekyll', first('serve', 'jekyll serve', 's')],
	['dotnet', first('watch', 'dotnet watch')],
	['tsx', first('watch', 'tsx watch')],
	['cargo', first('watch', 'cargo watch')],
	['artisan', first('serve', 'artisan serve')],
	['vite', viteServer],
	['rails', railsServer],
	['php', phpServer],
	['uvicorn', reloads],
	['gunicorn', reloads],
	['hypercorn', reloads],
	...['node', 'nodejs', 'bun', 'deno'].map(name => [name, nodeServer] as const),
	...['npm', 'yarn', 'pnpm'].map(name => [name, scriptServer] as const),
	...['python', 'python3'].map(name => [name, pythonServer] as const),
	['java', javaDebug],
]);

/** Programs that only start another one: the words that follow tell which. */
const STARTERS: ReadonlySet<string> = new Set([
	'npx',
	'bunx',
	'pipenv',
	'poetry',
	'uv',
	'bundle',
	'bin/rails',
]);

function whatIs([start = '', ...args]: readonly string[]): string | undefined {
	const name = baseName(start);
	const isStarter = STARTERS.has(name);
	const rest = isStarter
		? args.filter(word => word !== 'run' && word !== 'exec' && !word.startsWith('-'))
		: args;
	const [program = '', ...more] = isStarter ? rest : [name, ...rest];
	return questions.get(baseName(program))?.(more);
}

function baseName(path: string): string {
	return path.slice(path.lastIndexOf('/') + 1);
}

function first(wanted: string, what: string, short?: string): Question {
	return words => {
		const [word] = words.filter(each => !each.startsWith('-'));
		return word !== undefined && (word === wanted || word === short) ? what : undefined;
	};
}

function djangoServer(words: readonly string[]): string | undefined {
	return words.includes('runserver') ? 'Django’s own server (runserver)' : undefined;
}

function viteServer(words: readonly string[]): string | undefined {
	const [word] = words.filter(each => !each.startsWith('-'));
	return word === undefined || word === 'dev' || word === 'serve' ? 'vite’s development server' : undefined;
}

function railsServer(words: readonly string[]): string | undefined {
	const isServer = words[0] === 'server' || words[0] === 's';
	const environment = words.findIndex(word => word === '-e' || word === '--environment');
	const isDevelopment =
		words.includes('--environment=development') || words[environment + 1] === 'development';
	return isServer && isDevelopment ? 'Rails in its development environment' : undefined;
}

function phpServer(words: readonly string[]): string | undefined {
	if (words.some(word => /^-S/.test(word))) {
		return 'PHP’s own server (php -S)';
	}

	return words.includes('artisan') && words.includes('serve') ? 'artisan serve' : undefined;
}

function reloads(words: readonly string[]): string | undefined {
	return words.includes('--reload') ? 'a server with --reload' : undefined;
}

function nodeServer(words: readonly string[]): string | undefined {
	const own = words.slice(0, words.findIndex(word => !word.startsWith('-')) + 1 || undefined);
	return own.some(word => /^--inspect(?:-brk)?(?:=|$)/.test(word))
		? 'Node.js with its debugger open (--inspect)'
		: undefined;
}

/** Scripts of these names start what only a developer wants, by custom; `start` and `serve` may be anything. */
const DEV_SCRIPT =
	/^(?:dev|develop|development|watch|(?:start|serve|run):(?:dev|development|watch|debug)|dev:[\w:-]+)$/;

function scriptServer(words: readonly string[]): string | undefined {
	const script = words.find(word => !word.startsWith('-') && word !== 'run' && word !== 'run-script');
	if (script !== undefined && DEV_SCRIPT.test(script)) {
		return `the script ${script}`;
	}

	return script === undefined ? undefined : questions.get(script)?.(words.slice(words.indexOf(script) + 1));
}

function pythonServer(words: readonly string[]): string | undefined {
	const module = words.indexOf('-m');
	const name = module === -1 ? undefined : words[module + 1];
	if (name === 'http.server' || name === 'SimpleHTTPServer') {
		return 'Python’s own file server';
	}

	if (words.some(word => /(?:^|\/)manage\.py$/.test(word))) {
		return djangoServer(words);
	}

	return name === undefined ? undefined : questions.get(name)?.(words.slice(module + 2));
}

function javaDebug(words: readonly string[]): string | undefined {
	return words.some(word => /^-(?:agentlib:jdwp|Xrunjdwp)/.test(word))
		? 'Java with its debugger open (jdwp)'
		: undefined;
}
