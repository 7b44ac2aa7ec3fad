import type {Result, Status} from '../proto/buildkit/gateway.ts';
import {GatewayError} from './error.ts';
import {withShownText} from './llb/source-map.ts';
import {isOurs} from './rewrite.ts';

/** A file as its author wrote it, and what was built of it. */
export interface Rewritten {
	readonly filename: string;
	readonly original: Uint8Array;
	readonly text: Uint8Array;
}

const SOURCE = 'github.com/moby/buildkit/errdefs.Source+json';

interface Place {
	readonly info?: {readonly filename?: string; readonly data?: string};
	readonly ranges?: readonly {readonly start?: Spot; readonly end?: Spot}[];
}
interface Spot {
	readonly line?: number;
}

/** What a delegated build gives; its error shows the author's own file, with the author's own lines. */
export async function withOwnLines(rewritten: Rewritten, solve: () => Promise<Result>): Promise<Result> {
	try {
		return await solve();
	} catch (error) {
		throw error instanceof GatewayError ? new GatewayError(ownLines(error.status, rewritten)) : error;
	}
}

/**
 * Steps fail when this process is long gone, and show the text that they were solved with: so they get the author's.
 * Where more than the lines of our layers was added, what fails may be in one that only the text that is built has.
 */
export function showingOwnLines({original, text}: Rewritten): (def: Uint8Array) => Uint8Array {
	const built = linesOf(text);
	const isMore = built.length > linesOf(original).length + built.filter(isOurs).length;
	return def => (isMore ? def : (withShownText(def, text, original) ?? def));
}

/** The status with its places in the file as it was before lines were added to it. */
export function ownLines(status: Status, {filename, original, text}: Rewritten): Status {
	const built = Buffer.from(text).toString('base64');
	const data = Buffer.from(original).toString('base64');
	const lineOf = lineMap(original, text);
	const moved = ({line = 0, ...rest}: Spot = {}): Spot => ({...rest, line: lineOf(line)});
	const details = (status.details ?? []).map(detail => {
		const place = detail.typeUrl === SOURCE ? placeIn(detail.value) : undefined;
		if (place?.info?.filename !== filename || place.info.data !== built) {
			return detail;
		}

		const ranges = (place.ranges ?? []).map(({start, end}) => ({start: moved(start), end: moved(end)}));
		return {...detail, value: Buffer.from(JSON.stringify({...place, info: {...place.info, data}, ranges}))};
	});
	const message = (status.message ?? '').replace(
		/\bparse error on line (\d{1,9})\b/,
		(_, line: string) => `parse error on line ${lineOf(Number(line))}`,
	);
	return {...status, message, details};
}

function placeIn(value: Uint8Array | undefined): Place | undefined {
	try {
		return JSON.parse(new TextDecoder().decode(value)) as Place;
	} catch {
		return undefined;
	}
}

/** Lines are added in one place only: behind it they are as many further down, and theirs is that before it. */
function lineMap(original: Uint8Array, text: Uint8Array): (line: number) => number {
	const before = linesOf(original);
	const after = linesOf(text);
	const added = after.length - before.length;
	let same = 0;
	while (same < before.length && before.at(-1 - same) === after.at(-1 - same)) {
		same += 1;
	}

	const end = after.length - same;
	return line => (line > end ? line - added : Math.min(line, Math.max(end - added, 1)));
}

function linesOf(bytes: Uint8Array): readonly string[] {
	return Buffer.from(bytes).toString('latin1').split('\n');
}
