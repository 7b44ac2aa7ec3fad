import type {Change} from '../../docker/changes.ts';
import type {Target} from '../../docker/target.ts';
import {isUnder, listIn} from '../params.ts';
import {type Probe, unseen} from '../probe.ts';

/** Where programs may leave something behind, and where the engine itself does. */
const usual = ['/tmp', '/run', '/var/run', '/var/tmp', '/var/cache/nginx', '/dev', '/proc', '/sys'];
const MAX_TOLD = 32;

export const chgFilesystemDrift: Probe = async ({target, inside, paramsOf}) => {
	const {changes, isCut} = await inside.changes();
	const allowed = [...usual, ...listIn(paramsOf('chg-filesystem-drift'), 'allow')];
	const stray = unexpected(changes, target, allowed);
	const observed = {
		readOnlyRoot: target.settings.readOnlyRoot,
		changes: changes.length,
		isCut,
		unexpected: stray.slice(0, MAX_TOLD).map(({kind, path}) => `${kind} ${path.slice(0, 200)}`),
	};
	const [first] = stray;
	if (first !== undefined) {
		const message = `${JSON.stringify(first.path.slice(0, 200))} was ${first.kind} since the container started${stray.length > 1 ? `, and ${stray.length - 1} others` : ''}; make the root read-only, and mount what has to be written`;
		return [{result: 'fail', message, observed}];
	}

	return isCut
		? [
				unseen(
					'More files differ from the image than are looked through; those that were are expected',
					observed,
				),
			]
		: [
				{
					result: 'pass',
					message:
						changes.length === 0
							? 'No file differs from the image'
							: 'Files differ from the image only where they are expected to',
					observed,
				},
			];
};

/** A folder above a change is changed with it, and says nothing of its own. */
function unexpected(
	changes: readonly Change[],
	{mounts, settings}: Target,
	allowed: readonly string[],
): readonly Change[] {
	// The engine makes the places where something is mounted.
	const mounted = [...mounts.map(({destination}) => destination), ...settings.tmpfs];
	const above = new Set<string>();
	for (const path of [...changes.map(({path: each}) => each), ...mounted]) {
		for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
			above.add(path.slice(0, at));
		}
	}

	return changes.filter(
		({path, kind}) =>
			!isUnder(allowed, path) &&
			!mounted.includes(path) &&
			!(
				kind !== 'deleted' &&
				above.has(path) &&
				(kind === 'changed' || mounted.some(each => each.startsWith(`${path}/`)))
			),
	);
}
