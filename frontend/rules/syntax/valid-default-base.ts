import {quoted} from '../../dockerfile/error.ts';
import {basesOf} from '../../dockerfile/expand.ts';
import type {Rule} from '../rule.ts';
import {variablesIn} from './variables.ts';

export const validDefaultBase: Rule = function* ({dockerfile, file}) {
	const bases = basesOf(dockerfile, platform);
	for (const stage of dockerfile.stages) {
		const base = bases[stage.index];
		const isVariable = variablesIn(stage.base.text, dockerfile.escape).size > 0;
		if (!isVariable || (base !== undefined && isImageName(base))) {
			continue;
		}

		const what = base === undefined ? 'no image name at all' : `${quoted(base)}, which is no image name`;
		const message = `Without build arguments ${quoted(stage.base.text)} comes to ${what}, so the file only builds for those who know which to give: give ARG a default that works.`;
		yield {result: 'fail', message, place: {file, line: stage.from.line}};
	}
};

// Any values will do that may stand in a name.
const platform: ReadonlyMap<string, string> = new Map([
	...['BUILD', 'TARGET'].flatMap(side => [
		[`${side}PLATFORM`, 'linux/amd64'] as const,
		[`${side}OS`, 'linux'] as const,
		[`${side}ARCH`, 'amd64'] as const,
	]),
]);

const COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;

/** A reference as registries' clients take it: `host:port/path:tag@digest`, all but the path left out at will. */
export function isImageName(text: string): boolean {
	const [name = '', digest, ...more] = text.split('@');
	const slash = name.lastIndexOf('/');
	const [last = '', tag, ...tags] = name.slice(slash + 1).split(':');
	const [first = '', ...parts] = [...(slash === -1 ? [] : name.slice(0, slash).split('/')), last];
	const isHost = parts.length > 0 && (/[.:A-Z]/.test(first) || first === 'localhost');
	const path = isHost ? parts : [first, ...parts];
	return (
		text.length <= 512 &&
		more.length + tags.length === 0 &&
		(digest === undefined || /^[a-z0-9+._-]{1,32}:[0-9a-fA-F]{32,128}$/.test(digest)) &&
		(tag === undefined || /^\w[\w.-]{0,127}$/.test(tag)) &&
		(!isHost || /^[\w.-]{1,255}(?::\d{1,5})?$/.test(first)) &&
		path.every(part => COMPONENT.test(part))
	);
}
