import type {Platform} from '../options.ts';
import {definitionOf, emptyGraph, image, withFiles, withVertex} from './definition.ts';

/** A graph that holds one file and nothing else. @param path of the file in it */
export function oneFile(path: string, data: Uint8Array, name: string): Uint8Array {
	return definitionOf(withFiles(emptyGraph, [{path, mode: 0o644, data}], name));
}

/** A graph that holds one file of an image under another name: exporters to folders take the name for theirs. */
export function fileOfImage(
	{
		ref,
		platform,
		resolveMode,
	}: {readonly ref: string; readonly platform: Platform; readonly resolveMode: string},
	{src, dest}: {readonly src: string; readonly dest: string},
	name: string,
): Uint8Array {
	const from = image(ref, platform, resolveMode);
	const copy = {src, dest, mode: -1, createDestPath: true, timestamp: -1};
	const action = {input: -1, secondaryInput: 0, output: 0, copy};
	const inputs = from.head === undefined ? [] : [from.head];
	return definitionOf(withVertex(from, {inputs, file: {actions: [action]}}, name));
}
