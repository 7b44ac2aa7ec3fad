import type {Rule} from '../rule.ts';
import {shownRef} from './image-name.ts';
import {platformFlagOf, withoutFlag} from './platform-flag.ts';

/** A platform written down makes an image that is wrong, or emulated, on every other machine. */
export const noConstantPlatform: Rule = function* ({dockerfile, needed, file}) {
	for (const stage of needed) {
		const flag = platformFlagOf(stage);
		const value = flag?.value ?? '';
		const {name = '', from} = stage;
		const architecture = value.split('/')[1] ?? value;
		// One stage for each platform, chosen by name, is how people write what differs between them.
		if (flag === undefined || value === '' || value.includes('$') || namesPart(name, architecture)) {
			continue;
		}

		const message = `This stage is always built for ${shownRef(value)}, whatever platform is asked for: leave --platform out, or write --platform=$BUILDPLATFORM for a stage that compiles for others.`;
		yield {
			result: 'fail',
			message,
			place: {file, line: from.line},
			fix: {title: '--platform taken out', edits: [withoutFlag(dockerfile.bytes, flag)]},
		};
	}
};

function namesPart(name: string, architecture: string): boolean {
	const other: Readonly<Record<string, string>> = {amd64: 'x86', arm64: 'aarch64'};
	return (
		architecture !== '' &&
		(name.includes(architecture.toLowerCase()) ||
			(Object.hasOwn(other, architecture) && name.includes(other[architecture] ?? '')))
	);
}
