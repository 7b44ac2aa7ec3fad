import {credentialsIn} from '../../../policies/token-formats.ts';
import type {ProxyContract} from '../../../proto/contract.ts';
import {digestOf} from '../../../proto/digest.ts';
import {paths} from '../../../proto/labels.ts';
import {isUnder} from '../params.ts';
import {ofProxy, type ProbeFinding, type Subject, unseen} from '../probe.ts';

/** Two questions: whether the configuration is the attested one, and whether the proxy's own tree is the image's. */
export const chgProxyDrift = ofProxy(async (proxy, subject) => {
	return [await configurationDrift(proxy, subject), await treeDrift(proxy, subject)];
});

async function configurationDrift(
	{configDigest, configPath}: ProxyContract,
	{inside}: Subject,
): Promise<ProbeFinding> {
	const text = await inside.proxyConfig();
	if (text === undefined) {
		return {
			result: 'fail',
			message: `The proxy's configuration ${configPath} is gone or no regular file; deploy the image anew`,
			observed: {attested: configDigest},
		};
	}

	const digest = digestOf(text);
	const original = inside.remembered?.original(configDigest, digest === configDigest ? text : undefined);
	const observed = {attested: configDigest, found: digest};
	if (digest === configDigest) {
		return {result: 'pass', message: "The proxy's configuration is the attested one", observed};
	}

	const lines = original === undefined ? undefined : differingLines(original, text);
	const told =
		lines?.[0] === undefined
			? 'which lines cannot be told, because the attested ones were never seen here'
			: `first in line ${lines[0].line}`;
	return {
		result: 'fail',
		message: `The proxy's configuration ${configPath} is not the attested one (${told}); deploy the image anew`,
		observed: {...observed, ...(lines === undefined ? {} : {lines})},
	};
}

async function treeDrift({configPath}: ProxyContract, {target, inside}: Subject): Promise<ProbeFinding> {
	// What is configured is judged by its digest, wherever it comes from.
	const folder = configPath.slice(0, configPath.lastIndexOf('/'));
	const isOurs = (path: string): boolean => isUnder([paths.tree], path) && !isUnder([folder], path);
	const over = target.mounts.find(({destination}) => isOurs(destination) || destination === '/opt');
	if (over !== undefined) {
		return {
			result: 'fail',
			message: `Something is mounted over the proxy's own files, at ${JSON.stringify(over.destination)}; take the mount out`,
			observed: {mount: over.destination},
		};
	}

	const {changes, isCut} = await inside.changes();
	const found = changes.filter(({path}) => isOurs(path) && path !== paths.tree);
	const observed = {
		changes: found.slice(0, 16).map(({kind, path}) => `${kind} ${path.slice(0, 200)}`),
		isCut,
	};
	if (found.length > 0) {
		return {
			result: 'fail',
			message: `${JSON.stringify(found[0]?.path)} of the proxy was ${found[0]?.kind} since the container started; deploy the image anew`,
			observed,
		};
	}

	return isCut
		? unseen(
				"So many files differ from the image that the proxy's own could not all be looked through",
				observed,
			)
		: {result: 'pass', message: "The proxy's programs are those of the image", observed};
}

const MAX_LINES = 5;
const MAX_COMPARED = 20_000;

interface DifferingLine {
	readonly line: number;
	readonly before: string;
	readonly after: string;
}

/** From the first difference on, side by side; a line that holds a credential is not shown. */
function differingLines(before: string, after: string): readonly DifferingLine[] {
	const was = before.split('\n', MAX_COMPARED);
	const is = after.split('\n', MAX_COMPARED);
	const found: DifferingLine[] = [];
	for (let index = 0; index < Math.max(was.length, is.length) && found.length < MAX_LINES; index += 1) {
		if (was[index] !== is[index]) {
			found.push({line: index + 1, before: shown(was[index]), after: shown(is[index])});
		}
	}

	return found;
}

function shown(line: string | undefined): string {
	const text = (line ?? '').slice(0, 2000);
	return credentialsIn(text).length > 0 ? '(a line with a credential)' : text.slice(0, 160).toWellFormed();
}
