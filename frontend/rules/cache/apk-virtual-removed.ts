import {failAt} from '../package/finding.ts';
import type {Invocation} from '../package/invocations.ts';
import {listed, namedPackages, type Package} from '../package/packages.ts';
import {groupOf, removedIn} from '../package/removed.ts';
import {askedOf, finalRunsOf, type Run} from '../package/runs.ts';
import type {Rule} from '../rule.ts';

/** What only a build needs, by Alpine's names. */
const BUILD_ONLY =
	/^(?:build-base|gcc|g\+\+|make|cmake|autoconf|automake|libtool|linux-headers|abuild|alpine-sdk|[\w.+-]+-dev)$/;

export const apkVirtualRemoved: Rule = function* (subject) {
	for (const run of finalRunsOf(subject)) {
		for (const {invocation, kept} of keptIn(run)) {
			const message = `Only a build needs ${listed(kept)}, and the image keeps it: install it with apk add --virtual .build, and end this RUN with apk del .build.`;
			yield failAt(subject, invocation.command, message);
		}
	}
};

interface Kept {
	readonly invocation: Invocation;
	readonly kept: readonly Package[];
}

function keptIn(run: Run): readonly Kept[] {
	const removed = removedIn(run);
	return removed === undefined
		? []
		: askedOf(run, 'apk')
				.filter(each => each.act === 'install' && !removed.has(groupOf(each) ?? ''))
				.map(invocation => ({
					invocation,
					kept: namedPackages(invocation.operands)
						.map(({name, word}) => ({name: name.split(/[=~<>@]/)[0] ?? name, word}))
						.filter(({name}) => BUILD_ONLY.test(name) && !removed.has(name)),
				}))
				.filter(({kept}) => kept.length > 0);
}
