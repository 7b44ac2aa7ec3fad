import type {Platform} from '../options.ts';
import {graphOf} from './definition.ts';
import {lookOf} from './look.ts';

export const REPORT = 'report.json';

/** A vertex that writes what lies in a result. An image for another processor will do. */
export function inspectionOf(
	result: Uint8Array,
	tool: Uint8Array,
	options: readonly string[],
	platform: Platform,
): Uint8Array {
	return lookOf(graphOf(result), {
		tool,
		command: 'inspect',
		words: options,
		report: REPORT,
		platform,
		names: ['[sallyport] bring the program that looks into the image', '[sallyport] look into the image'],
	});
}
