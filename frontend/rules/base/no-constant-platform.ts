import type {Rule} from '../rule.ts';
import {shownRef} from './image-name.ts';
import {platformFlagOf, withoutFlag} from './platform-flag.ts';

/** A platform written down makes an image that is wrong, or emulated, on every other machine. */
export const noConstantPlatform: Rule = function* ({dockerfile, file}) {
	for (const stage of dockerfile.stages) {
		const flag = platformFlagOf(stage);
		const value = flag?.value ?? '';
		const {name = '', from} = stage;
		const [system = '', architecture = ''] = value.toLowerCase().split('/');
		// One stage for each platform, chosen by name, is how people write what differs between them.
		if (
			flag === undefined ||
			value === '' ||
			value.includes('$') ||
			namesPart(name.toLowerCase(), [system, architecture])
		) {
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

const OTHER_NAMES: ReadonlyMap<string, string> = new Map([
	['amd64', 'x86'],
	['arm64', 'aarch64'],
]);

function namesPart(name: string, parts: readonly string[]): boolean {
	const said = parts.flatMap(part => [part, OTHER_NAMES.get(part) ?? '']);
	return said.some(part => part !== '' && name.includes(part));
}
