import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

export interface Asked {
	readonly method?: string;
	readonly path: string;
	readonly headers?: Readonly<Record<string, string>>;
	readonly body?: string;
}

export interface Answered {
	readonly status: number;
	/** Those that the application decides; the others are compared between images, not with the recording. */
	readonly headers: Readonly<Record<string, string>>;
	/** As it is, or where it is long its digest. */
	readonly body?: string;
	readonly sha256?: string;
}

/** What was said between a client and the image that the author's Dockerfile makes. */
export interface Conversation {
	/** Absent for a program that listens to nobody. */
	readonly port?: number;
	readonly exchanges: readonly {readonly ask: Asked; readonly answer: Answered}[];
	/** Lines that the program itself writes, in this order, from its start to its end. */
	readonly says?: readonly string[];
	/** Its exit code after it was asked to stop. */
	readonly stopsWith?: number;
}

export interface Application {
	readonly name: string;
	readonly folder: string;
	/** The image that its Dockerfile builds on. */
	readonly base: string;
	readonly conversation: Conversation;
}

export const appsFolder: string = fileURLToPath(new URL('../apps/', import.meta.url));

/** All applications of `examples/apps`, by name. */
export function applications(): readonly Application[] {
	return readdirSync(appsFolder, {withFileTypes: true})
		.filter(entry => entry.isDirectory())
		.map(({name}) => application(name))
		.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

export function application(name: string): Application {
	const folder = join(appsFolder, name);
	const conversation = JSON.parse(readFileSync(join(folder, 'conversation.json'), 'utf8')) as Conversation;
	const base = /^FROM (\S+)/m.exec(readFileSync(join(folder, 'Dockerfile'), 'utf8'))?.[1];
	if (base === undefined) {
		throw new Error(`${folder}/Dockerfile names no image that it builds on`);
	}

	return {name, folder, base, conversation};
}

/** Images that a rewritten Dockerfile may build its last stage on, beside the author's own. */
export function smallerBases(base: string): readonly string[] {
	const [, smaller = []] = SMALLER.find(([full]) => base.startsWith(full)) ?? [];
	return smaller;
}

const SMALLER: readonly (readonly [string, readonly string[]])[] = [
	['node:24-trixie', ['node:24-trixie-slim']],
	['python:3.13-trixie', ['python:3.13-slim-trixie']],
	['python:3.13', ['python:3.13-slim']],
	['ruby:3.3-trixie', ['ruby:3.3-slim-trixie']],
	['maven:', ['eclipse-temurin:21-jre']],
	['golang:', ['debian:trixie-slim', 'gcr.io/distroless/static-debian12']],
	['rust:', ['debian:trixie-slim']],
];
