import type {Result} from '../proto/buildkit/gateway.ts';
import {cacheImports} from './cache-imports.ts';
import {FrontendError} from './error.ts';
import type {Opened} from './examine.ts';
import type {Gateway} from './gateway/client.ts';
import {TOOL} from './hardening.ts';
import {definitionOf, emptyGraph, type NewFile, withFiles} from './llb/definition.ts';
import {type LayerSource, proxyLayer, recordLayer} from './llb/proxy-layer.ts';
import {toolLayer} from './llb/tool-layer.ts';
import {isOwnArgument, type Options, type Platform, platformName, platformsOf} from './options.ts';
import {showingOwnLines, withOwnLines} from './own-lines.ts';
import {type ProxySources, sourceFor} from './proxy-trees.ts';
import {PROXY, RECORD} from './rewrite.ts';
import {solvedAgain} from './solve-again.ts';
import type {Sources} from './source/read.ts';
import {toolFor} from './tool-file.ts';

const DELEGATE = 'dockerfile.v0';

/** What is put into the image besides what the Dockerfile says. */
export interface Injection {
	/** The proxy's configuration, which the proxy itself has to accept. */
	readonly files: readonly NewFile[];
	/** The contract and the record, which change more often and need no such test. */
	readonly notes: readonly NewFile[];
	/** The image with the proxy's tree; absent when only the contract goes in. */
	readonly proxyImage: string | undefined;
	/** What the builder has of it, for each platform. */
	readonly proxySources: ProxySources;
}

export interface Handover {
	/** The rewritten Dockerfile. */
	readonly text: Uint8Array;
	/** The stage to build; the last one when absent. */
	readonly target: string | undefined;
	readonly injection: Injection | undefined;
	/** One line for the progress display. */
	readonly summary: string;
}

/** Hands the rewritten text over to BuildKit's own Dockerfile frontend, with everything else as the client gave it. */
export async function delegate(
	gateway: Gateway,
	options: Options,
	sources: Sources,
	{text, target, injection, summary}: Handover,
): Promise<Result> {
	const layers = {
		...(injection === undefined ? {} : layersOf(injection, options)),
		...(await toolsOf(text, options)),
	};
	const opts: Record<string, string> = {
		...delegateOptions(options),
		// A Dockerfile from an address has a name that nobody asked for.
		...(options.remoteContext === undefined ? {} : {filename: sources.filename}),
		...(target === undefined ? {} : {target}),
	};
	for (const name of Object.keys(layers)) {
		opts[`context:${name}`] = `input:${name}`;
	}

	const rewritten = {filename: sources.filename, original: sources.dockerfile, text};
	const imports = cacheImports(options);
	const solve = async (): Promise<Result> => {
		const {result} = await gateway.call('solve', {
			frontend: DELEGATE,
			opts,
			inputs: {
				...sources.inputs,
				...contextOf(sources),
				...layers,
				dockerfile: dockerfileInput(sources, text, summary),
			},
			allowResultReturn: true,
			allowResultArrayRef: true,
			...imports,
		});
		return result ?? {};
	};
	const result = await withOwnLines(rewritten, solve);
	return solvedAgain(gateway, result, imports, showingOwnLines(rewritten));
}

/**
 * Our layer and our program are named in the text that is built; a stage of such a name would be taken instead.
 * @throws {FrontendError} FRONTEND_RESERVED_NAME with the line
 */
export function refuseReservedNames({dockerfile: {stages}, file}: Opened, {dockerfile}: Sources): void {
	const stage = stages.find(({name}) => ours.some(each => each === name));
	if (stage !== undefined) {
		const {line} = stage.from;
		const message = `${file}:${line}: "${stage.name}" is a name of ours; give the stage another one`;
		throw new FrontendError('FRONTEND_RESERVED_NAME', message, [
			{file, data: dockerfile, ranges: [{line, endLine: line}]},
		]);
	}
}

/**
 * Hands the build, or the question that came in place of one, over as the client gave it: the delegate reads everything by
 * itself, and what it answers is what it would have answered without us. A `# syntax=` line is honoured where nobody has
 * followed one yet, and only then: whoever follows it sets `cmdline`.
 */
export async function passOn(gateway: Gateway, options: Options): Promise<Result> {
	const {definitions: inputs = {}} = await gateway.call('inputs', {});
	const imports = cacheImports(options);
	const {result} = await gateway.call('solve', {
		frontend: DELEGATE,
		opts: Object.fromEntries([...options.raw].filter(([key]) => key !== 'source' && !isOwnArgument(key))),
		inputs,
		allowResultReturn: true,
		allowResultArrayRef: true,
		...imports,
	});
	return solvedAgain(gateway, result ?? {}, imports);
}

/**
 * The client's options, with the changes that make our text the one that is built: `dockerfilekey` would read the original
 * again, a URL context would make the delegate ignore every input, and `cmdline` is what keeps it from honouring the
 * `# syntax=` line and starting us again, for ever.
 */
function delegateOptions({raw, remoteContext}: Options): Readonly<Record<string, string>> {
	const opts = Object.fromEntries(
		[...raw].filter(
			([key]) => key !== 'dockerfilekey' && key !== 'source' && !isOwnArgument(key) && !isOurContext(key),
		),
	);
	if (remoteContext !== undefined) {
		delete opts[remoteContext.key];
		delete opts['contextkey'];
	}

	return {...opts, cmdline: raw.get('cmdline') ?? 'sallyport'};
}

/** A named context of the client's under a name of ours would be taken instead. */
function isOurContext(key: string): boolean {
	return ours.some(name => key === `context:${name}` || key.startsWith(`context:${name}::`));
}

const ours = [PROXY, RECORD, TOOL] as const;

function contextOf({context}: Sources): Readonly<Record<string, Uint8Array>> {
	return context === undefined ? {} : {context};
}

/** Our text under the name the client asked for, with the ignore file that belongs to that name. */
function dockerfileInput({filename, ignoreFile}: Sources, text: Uint8Array, summary: string): Uint8Array {
	const path = `/${filename.replace(/^\/+/, '')}`;
	const files: NewFile[] = [{path, mode: 0o644, data: text}];
	if (ignoreFile !== undefined) {
		files.push({path: `${path}.dockerignore`, mode: 0o644, data: ignoreFile});
	}

	return definitionOf(withFiles(emptyGraph, files, `[sallyport] ${summary}`));
}

/** The proxy for the platform that is built, or one for each of several; and the record, which is the same for all. */
function layersOf(
	{files, notes, proxyImage, proxySources}: Injection,
	{resolveMode, platforms, builder}: Options,
): Readonly<Record<string, Uint8Array>> {
	const record = {[RECORD]: recordLayer(notes)};
	if (proxyImage === undefined) {
		return record;
	}

	const fromOf = (platform: Platform): LayerSource => ({
		ref: sourceFor(proxySources, platform)?.ref ?? proxyImage,
		platform,
	});
	const hasOwn = sourceFor(proxySources, builder)?.missing === undefined;
	const layer = (platform: Platform): Uint8Array => {
		const isForeign = platform.os !== builder.os || platform.architecture !== builder.architecture;
		return proxyLayer(fromOf(platform), files, resolveMode, fromOf(isForeign && hasOwn ? builder : platform));
	};
	return platforms.length > 1
		? {
				...record,
				...Object.fromEntries(
					platforms.map(platform => [`${PROXY}::${platformName(platform)}`, layer(platform)]),
				),
			}
		: {...record, [PROXY]: layer(platforms[0] ?? builder)};
}

/** The program, for each platform that is built; none where the text does not ask for it. */
async function toolsOf(text: Uint8Array, options: Options): Promise<Readonly<Record<string, Uint8Array>>> {
	if (!new TextDecoder().decode(text).includes(`from=${TOOL},`)) {
		return {};
	}

	const platforms = platformsOf(options);
	const entries = platforms.map(async platform => {
		const name = platforms.length > 1 ? `${TOOL}::${platformName(platform)}` : TOOL;
		return [name, toolLayer(await toolFor(platform))] as const;
	});
	return Object.fromEntries(await Promise.all(entries));
}
