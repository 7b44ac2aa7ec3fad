import {decode, encode, message, repeated} from '../../proto/buildkit/codec.ts';

// Taken apart no further than it must be: all that BuildKit wrote is written again as it was.

const definition = message({
	def: [1, repeated('bytes')],
	metadata: [2, repeated('bytes')],
	source: [3, 'bytes'],
});
const source = message({locations: [1, repeated('bytes')], infos: [2, repeated('bytes')]});
const info = message({
	filename: [1, 'string'],
	data: [2, 'bytes'],
	definition: [3, 'bytes'],
	language: [4, 'string'],
});

/**
 * The same steps, whose errors show another text than the one that they were read from.
 * @returns undefined where no step was read from that text
 */
export function withShownText(bytes: Uint8Array, from: Uint8Array, to: Uint8Array): Uint8Array | undefined {
	const whole = decode(definition, bytes);
	if (whole.source === undefined) {
		return undefined;
	}

	const {locations = [], infos = []} = decode(source, whole.source);
	const files = infos.map(each => decode(info, each));
	if (!files.some(({data}) => isSame(data, from))) {
		return undefined;
	}

	const shown = files.map(file => encode(info, isSame(file.data, from) ? {...file, data: to} : file));
	return encode(definition, {...whole, source: encode(source, {locations, infos: shown})});
}

function isSame(data: Uint8Array | undefined, text: Uint8Array): boolean {
	return data !== undefined && Buffer.compare(data, text) === 0;
}
