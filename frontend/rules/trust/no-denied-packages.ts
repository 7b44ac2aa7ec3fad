import {failAt} from '../package/finding.ts';
import {listed} from '../package/packages.ts';
import {isForDevelopment} from '../package/stages.ts';
import type {Params, Rule, Subject} from '../rule.ts';
import {installedFinally} from './final-packages.ts';

/** What builds, looks around in a network, or is for people at a terminal; by the names of all distributions. */
const DENIED = [
	...[
		'gcc',
		'g++',
		'gcc-c++',
		'make',
		'cmake',
		'build-essential',
		'build-base',
		'alpine-sdk',
		'clang',
		'gdb',
	],
	...['telnet', 'telnetd', 'inetutils-telnet', 'busybox-extras', 'rsh-client', 'rsh-server', 'rsh', 'xinetd'],
	...['netcat', 'netcat-openbsd', 'netcat-traditional', 'ncat', 'nmap-ncat', 'nmap', 'tcpdump', 'socat'],
	...['vim', 'vim-tiny', 'vim-enhanced', 'vim-minimal'],
];

export const noDeniedPackages: Rule = function* (subject, params) {
	const denied = deniedBy(params);
	const programs = programsOf(subject);
	for (const {invocation, packages} of isForDevelopment(subject) ? [] : installedFinally(subject)) {
		const found = packages.filter(({name}) => denied.has(name) && !programs.has(name));
		if (found.length > 0) {
			const message = `${listed(found)} stays in the image, where it helps whoever breaks in: if only the build needs it, install it in a stage of its own, or remove it in this RUN.`;
			yield failAt(subject, invocation.command, message);
		}
	}
};

function deniedBy({deny}: Params): ReadonlySet<string> {
	return new Set(Array.isArray(deny) ? deny.filter(name => typeof name === 'string') : DENIED);
}

/** An image made for a tool starts it. */
function programsOf({scripts, roleOf}: Subject): ReadonlySet<string> {
	const starts = scripts.filter(
		({instruction: {keyword}, stage}) =>
			(keyword === 'CMD' || keyword === 'ENTRYPOINT') && roleOf(stage) === 'final',
	);
	return new Set(starts.flatMap(({commands}) => commands.map(({name}) => name)));
}
