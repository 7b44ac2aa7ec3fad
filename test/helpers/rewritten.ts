import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {type Application, smallerBases} from '../../examples/conversation/application.ts';
import type {EngineHandle} from '../engine/engine.ts';
import {ensureImages} from '../engine/images.ts';
import {type Progress, run} from '../engine/run.ts';
import {type FileSystem, fileSystemOf} from './file-system.ts';

/** An application's two images, and what each of them stands on. */
export interface Pair {
	readonly plain: string;
	readonly rewritten: string;
	readonly base: string;
	readonly rewrittenBase: string;
}

/** What is put before an author's Dockerfile, so to speak: nothing of it has to be changed to be built through us. */
export const THROUGH_US: readonly string[] = [
	'--build-arg',
	`BUILDKIT_SYNTAX=${process.env['SALLYPORT_FRONTEND'] ?? 'sallyport/frontend:1'}`,
	'--build-arg',
	'SALLYPORT_POLICY=hardened',
];

/** Builds an application as its author would, and through the frontend with the bundle that rewrites. */
export async function pairOf(
	engine: EngineHandle,
	{name, folder, base}: Application,
	progress: Progress = () => {},
): Promise<Pair> {
	const smaller = smallerBases(base);
	await ensureImages(engine, [base, ...smaller], {progress});
	const plain = `sallyport-test/app-${name}-plain`;
	const rewritten = `sallyport-test/app-${name}-rewritten`;
	await build(engine, ['-t', plain, folder], progress);
	await build(engine, ['-t', rewritten, ...THROUGH_US, folder], progress);
	return {plain, rewritten, base, rewrittenBase: await baseOf(engine, rewritten, [...smaller, base])};
}

/** The engine's older store loses a layer when an image that shares it is removed while another is written; then, once, again. */
async function build(
	{docker, env}: EngineHandle,
	args: readonly string[],
	progress: Progress,
): Promise<void> {
	try {
		await run(docker, ['build', '-q', ...args], {env});
	} catch (error) {
		if (!String(error).includes('layer does not exist')) {
			throw error;
		}

		progress(`the engine lost a layer that was removed meanwhile; building ${args.at(1)} again`);
		await run(docker, ['build', '-q', ...args], {env});
	}
}

/** Which of these images another one stands on: its layers are the first of the other's. */
async function baseOf(engine: EngineHandle, image: string, names: readonly string[]): Promise<string> {
	const own = await layersOf(engine, image);
	const under = await Promise.all(names.map(async name => ({name, layers: await layersOf(engine, name)})));
	const fitting = under
		.filter(({layers}) => layers.every((layer, index) => layer === own[index]))
		.toSorted((a, b) => b.layers.length - a.layers.length);
	return fitting[0]?.name ?? 'nothing';
}

export async function layersOf({docker, env}: EngineHandle, image: string): Promise<readonly string[]> {
	const text = await run(docker, ['image', 'inspect', '-f', '{{json .RootFS.Layers}}', image], {env});
	return JSON.parse(text) as readonly string[];
}

/** What an image holds; nothing, for the name of none. */
export async function held(engine: EngineHandle, image: string): Promise<FileSystem> {
	return image === 'nothing' ? {entries: new Map(), texts: new Map()} : fileSystemOf(engine, image);
}

/** Where the author's Dockerfile puts the program. */
export function workdirOf(folder: string): string {
	return /^WORKDIR (\S+)/m.exec(readFileSync(join(folder, 'Dockerfile'), 'utf8'))?.[1] ?? '/var/www/html';
}

interface Lock {
	readonly packages: Readonly<Record<string, {readonly dev?: boolean}>>;
}

/** The author's own files, but for those that tell how to build. */
export function ownFiles(folder: string): readonly string[] {
	return readdirSync(folder, {recursive: true, withFileTypes: true})
		.filter(entry => entry.isFile() && !/lock|Dockerfile|conversation\.json/i.test(entry.name))
		.map(({parentPath, name}) => join(parentPath, name).slice(folder.length + 1));
}

/** The folders, in the image, of npm packages that only development needs, with the commands they bring. */
export function developmentOf(folder: string, plain: FileSystem): readonly string[] {
	const workdir = workdirOf(folder);
	const lock = packagesIn(join(folder, 'package-lock.json'));
	const own = Object.entries(lock)
		.filter(([path, {dev}]) => path !== '' && dev === true)
		.map(([path]) => `${workdir}/${path}`);
	const kept = Object.entries(lock).filter(([path, {dev}]) => path !== '' && dev !== true);
	const scopes = [...new Set(own.map(path => path.slice(0, path.lastIndexOf('/'))))].filter(
		path => path.includes('/@') && !kept.some(([name]) => `${workdir}/${name}`.startsWith(`${path}/`)),
	);
	const commands = Array.from(plain.entries).flatMap(([path, {link}]) =>
		/\/node_modules\/\.bin\/[^/]+$/.test(path) && own.some(folderOf => isInto(path, link, folderOf))
			? [path]
			: [],
	);
	return [...own, ...scopes, ...commands];
}

function isInto(path: string, link: string, folder: string): boolean {
	return join(path, '..', link).startsWith(`${folder}/`);
}

function packagesIn(path: string): Lock['packages'] {
	try {
		return (JSON.parse(readFileSync(path, 'utf8')) as Lock).packages;
	} catch {
		return {};
	}
}
