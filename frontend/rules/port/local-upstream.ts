import {quoted} from '../../dockerfile/error.ts';
import type {Rule} from '../rule.ts';
import {configurationOf, withoutProxy, wrongs} from './configuration.ts';

/** A loopback address with a port, or a socket in the file system. */
const LOCAL = /^(?:127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\]|localhost):\d{1,5}(?:\s|$)|^unix:\//;

export const localUpstream: Rule = function* (subject) {
	const {plan} = subject;
	if (plan === undefined) {
		yield* withoutProxy(subject);
		return;
	}

	const told = configurationOf(subject, plan);
	// `server` is also the name of a block, which has no arguments.
	const servers = (told.get('server') ?? []).filter(text => text !== '');
	const passes = (told.get('proxy_pass') ?? []).filter(text =>
		/^http:\/\/[^a-z]|^http:\/\/.*[.:]/.test(text),
	);
	const far = servers.filter(text => !LOCAL.test(text));
	const direct = passes.filter(text => !LOCAL.test(text.slice('http://'.length)));
	yield* wrongs(subject, [
		...[...far, ...direct].map(
			text =>
				`The proxy speaks to ${quoted(text)} in clear text across a network: let it reach the application on 127.0.0.1, or over TLS with a certificate that it checks.`,
		),
		servers.length + passes.length === 0
			? "The proxy's configuration names no application to speak to: it needs an upstream with a server on 127.0.0.1."
			: undefined,
	]);
};
