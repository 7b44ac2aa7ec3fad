import {derived} from '../derived.ts';
import type {Invocation} from '../package/invocations.ts';
import {namedPackages, type Package} from '../package/packages.ts';
import {groupOf, removedIn} from '../package/removed.ts';
import {askedOf, finalRunsOf} from '../package/runs.ts';
import type {Subject} from '../rule.ts';

/** The packages that an install leaves in the image, without their versions. */
interface Installed {
	readonly invocation: Invocation;
	readonly packages: readonly Package[];
}

/** What the distribution's package managers install in the layers of the image, but for what the same RUN removes. */
export const installedFinally: (subject: Subject) => readonly Installed[] = derived(subject =>
	finalRunsOf(subject).flatMap(run => {
		const removed = removedIn(run);
		const installs = askedOf(run, 'apt', 'apk', 'yum', 'dnf', 'zypper').filter(
			each => each.act === 'install' && removed?.has(groupOf(each) ?? '') === false,
		);
		return installs.map(invocation => ({
			invocation,
			packages: namedPackages(invocation.operands)
				.map(({name, word}) => ({name: plainName(name), word}))
				.filter(({name}) => removed?.has(name) === false),
		}));
	}),
);

/** `name=1`, `name~1`, `name@edge`, `name:amd64`, `name/suite`. */
function plainName(name: string): string {
	return name.split(/[=~<>@:/]/)[0] ?? name;
}
