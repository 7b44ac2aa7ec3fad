import type {Bundle} from '../policies/bundle.ts';
import type {Dockerfile, Instruction, Stage} from './dockerfile/ast.ts';
import {pairsOf} from './dockerfile/pairs.ts';
import {PATH, PORT} from './project/values.ts';
import type {Project} from './project.ts';
import type {Engine} from './proxies/engine.ts';
import {startIn} from './rules/life/start.ts';
import type {ImageFacts} from './rules/rule.ts';
import {type Chain, chainOf, type Step, stepsOf} from './stages/chain.ts';
import {referencesOf} from './stages/references.ts';

/** What the Dockerfile says about itself, and everyone whose word counts beside it. */
export interface Circumstances {
	readonly dockerfile: Dockerfile;
	readonly target: Stage;
	readonly buildArgs: ReadonlyMap<string, string>;
	readonly images: ReadonlyMap<string, ImageFacts>;
	readonly project: Project;
	/** Absent where nobody judges. */
	readonly bundle?: Judge;
	/** The build's own wish, which goes before the project's. */
	readonly proxy: Engine | 'none' | undefined;
}

/** What a plan asks of a bundle: its scope, and how far its limits go. */
export type Judge = Pick<Bundle, 'name' | 'terms' | 'settings' | 'rules'>;

/** What contradicts itself, and where. */
export interface Problem {
	readonly message: string;
	readonly line: number;
	readonly file?: string;
}

/** What the target and the stages under it say about their listener. Everything is in range. */
export interface Observed {
	/** TCP ports of EXPOSE as written, or the base image's when nothing is written. */
	readonly ports: readonly number[];
	/** From the label `dev.sallyport.port`. */
	readonly label: number | undefined;
	/** From the label `dev.sallyport.health`, or the URL that HEALTHCHECK asks. */
	readonly healthPath: string | undefined;
	readonly healthPort: number | undefined;
	/** The variable PORT, which many frameworks listen on. */
	readonly portVariable: number | undefined;
	readonly problems: readonly Problem[];
}

/** Ports beyond this many say nothing about where an application listens. */
const MAX_PORTS = 32;

interface Seen {
	readonly ports: Set<number>;
	readonly labels: Map<string, {readonly value: string; readonly line: number}>;
	health: {readonly path: string | undefined; readonly port: number | undefined} | undefined;
	portVariable: number | undefined;
}

/** Walks the chain once, in the order in which its instructions act. Labels are the author's: they are checked like input. */
export function observe({dockerfile, target, buildArgs, images}: Circumstances): Observed {
	const chain = chainOf(referencesOf(dockerfile, buildArgs), target);
	const seen: Seen = {ports: new Set(), labels: new Map(), health: undefined, portVariable: undefined};
	for (const step of stepsOf(dockerfile, chain, buildArgs)) {
		readers[step.instruction.keyword]?.(seen, step);
	}

	const facts = chain.base === undefined ? undefined : images.get(chain.base);
	const exposed = seen.ports.size > 0 ? [...seen.ports] : (facts?.exposedPorts ?? []).slice(0, MAX_PORTS);
	const port = readLabel(seen, 'dev.sallyport.port', portIn, 'not a port: write a number from 1 to 65535');
	const health = readLabel(seen, 'dev.sallyport.health', pathIn, `not a path: write ${PATH_WORDS}`);
	return {
		ports: isPhpFpm(chain, facts) ? exposed.filter(each => each !== FASTCGI) : exposed,
		label: port.value,
		healthPath: health.value ?? seen.health?.path,
		healthPort: seen.health?.port,
		portVariable: seen.portVariable,
		problems: [...port.problems, ...health.problems],
	};
}

/** Where PHP's process manager speaks FastCGI, which no HTTP proxy can stand in front of. */
const FASTCGI = 9000;

/** By its own last words, or the base image's where it has none. */
function isPhpFpm({stages}: Chain, facts: ImageFacts | undefined): boolean {
	const {entrypoint, cmd} = startIn(stages);
	const inherited = [...(facts?.entrypoint ?? []), ...(facts?.cmd ?? [])].join(' ');
	const words = cmd?.args ?? entrypoint?.args ?? inherited;
	return /(?:^|[^\w.-])php-fpm/.test(words);
}

const PATH_WORDS = 'one such as /healthz, in printable ASCII and at most 256 characters long';

function readLabel<T>(
	{labels}: Seen,
	name: string,
	read: (text: string) => T | undefined,
	complaint: string,
): {readonly value: T | undefined; readonly problems: readonly Problem[]} {
	const label = labels.get(name);
	const value = label === undefined ? undefined : read(label.value);
	const isWrong = label !== undefined && value === undefined;
	return {
		value,
		problems: isWrong ? [{message: `The label ${name} is ${complaint}.`, line: label.line}] : [],
	};
}

function pathIn(text: string): string | undefined {
	return PATH.test(text) ? text : undefined;
}

const readers: Readonly<Record<string, (seen: Seen, step: Step) => void>> = {
	EXPOSE: readExpose,
	LABEL: readLabels,
	HEALTHCHECK: readHealthcheck,
	ENV: readVariables,
};

function readExpose({ports}: Seen, {instruction, expand}: Step): void {
	for (const {text} of instruction.words) {
		const [range = '', protocol = 'tcp'] = (expand(text) ?? '').toLowerCase().split('/');
		// `8000-8010` says where, and its first port is as good as any.
		const port = portIn(range.split('-')[0] ?? '');
		if (port !== undefined && protocol === 'tcp' && ports.size < MAX_PORTS) {
			ports.add(port);
		}
	}
}

function readLabels({labels}: Seen, {instruction, escapeBy, expand}: Step): void {
	for (const {name, value = '', line} of pairsOf(instruction, escapeBy)) {
		if (name.startsWith('dev.sallyport.')) {
			labels.set(name, {value: expand(value) ?? '', line});
		}
	}
}

function readVariables(seen: Seen, {instruction, escapeBy, expand}: Step): void {
	const value = pairsOf(instruction, escapeBy).findLast(({name}) => name === 'PORT')?.value;
	seen.portVariable = value === undefined ? seen.portVariable : portIn(expand(value) ?? '');
}

const LOCAL_URL =
	/\bhttp:\/\/(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\])(?::(\d{1,5}|\$\{?[A-Za-z_]\w{0,60}\}?))?(\/[^\s"'`|;&)<>\\$,?#]{0,255})?/;

/** A command that asks a URL of this very container tells both where and what it asks. Commands are not expanded by BuildKit. */
function readHealthcheck(seen: Seen, {instruction, expand}: Step): void {
	const [, written, path] = LOCAL_URL.exec(commandOf(instruction)) ?? [];
	const found = LOCAL_URL.test(commandOf(instruction));
	const port = written === undefined ? 80 : portIn(expand(written) ?? '');
	const isPath = path !== undefined && path !== '/' && PATH.test(path);
	seen.health = found ? {port, path: isPath ? path : undefined} : undefined;
}

function commandOf({args, json}: Instruction): string {
	return json === undefined ? args : json.join(' ');
}

function portIn(text: string): number | undefined {
	const port = /^[1-9]\d{0,4}$/.test(text) ? Number(text) : undefined;
	return port !== undefined && port <= PORT.max ? port : undefined;
}
