import type {Stage} from '../../dockerfile/ast.ts';
import type {Invocation} from '../package/invocations.ts';
import {baseImageOf, lineageOf} from '../package/stages.ts';
import {environmentOf} from '../package/variables.ts';
import type {Subject} from '../rule.ts';
import {standingsOf} from '../standing.ts';
import type {Around} from './package-caches.ts';

/** Where a package manager runs; undefined where its user's home is not known. */
export type AroundOf = (invocation: Invocation) => Around | undefined;

/** The only other user whose home and number are known: that of Node's official images. */
export const NODE = {uid: 1000, home: '/home/node'} as const;

export function aroundOf(subject: Subject): AroundOf {
	const standings = standingsOf(subject);
	const env = environmentOf(subject);
	return ({command}) => {
		const {stage, instruction} = command.script;
		const user = standings.get(instruction)?.user ?? usualUser(subject, stage);
		const get = (name: string): string | undefined =>
			env(command, name) ?? usualVariable(subject, stage, name);
		const isRoot = /^(?:root|0)(?::(?:root|0))?$/.test(user ?? '');
		const isNode = /^node(?::node)?$/.test(user ?? '') && baseImageOf(subject, stage)?.name === 'node';
		const home = get('HOME') ?? (isRoot ? '/root' : NODE.home);
		return isRoot || isNode ? {home, isRoot, get} : undefined;
	};
}

/** Official images of these languages are root's, and set these, which offline nobody tells. */
const USUAL: Readonly<Record<string, Readonly<Record<string, string>>>> = {
	node: {},
	python: {},
	debian: {},
	ubuntu: {},
	alpine: {},
	php: {},
	maven: {},
	fedora: {},
	golang: {GOPATH: '/go'},
	rust: {CARGO_HOME: '/usr/local/cargo'},
	ruby: {GEM_HOME: '/usr/local/bundle'},
	composer: {COMPOSER_CACHE_DIR: '/tmp/cache'},
};

function usualOf(subject: Subject, stage: Stage): Readonly<Record<string, string>> | undefined {
	const {name = '', registry} = baseImageOf(subject, stage) ?? {};
	return registry === '' && Object.hasOwn(USUAL, name) ? USUAL[name] : undefined;
}

function usualUser(subject: Subject, stage: Stage): string | undefined {
	return usualOf(subject, stage) === undefined ? undefined : 'root';
}

function usualVariable(subject: Subject, stage: Stage, name: string): string | undefined {
	const ref = lineageOf(subject, stage).base ?? '';
	return subject.images.has(ref) ? undefined : usualOf(subject, stage)?.[name];
}
