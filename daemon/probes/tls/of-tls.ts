import {isIP} from 'node:net';
import {type Endpoint, eachEndpoint, type Probe, type ProbeFinding, type Subject, unseen} from '../probe.ts';

/** Looks at every endpoint that speaks TLS. None of that needs a contract: it only says what was promised beyond. */
export function ofTls(
	look: (endpoint: Endpoint, subject: Subject, signal: AbortSignal) => Promise<readonly ProbeFinding[]>,
): Probe {
	return async (subject, signal) => {
		if (subject.endpoints.some(({protocol}) => protocol === 'https')) {
			return eachEndpoint(subject, 'https', endpoint => look(endpoint, subject, signal));
		}

		return [withoutTls(subject)];
	};
}

export function withoutTls({promised}: Pick<Subject, 'promised'>): ProbeFinding {
	switch (promised.state) {
		case 'kept':
			return {
				result: 'not-applicable',
				message:
					promised.contract.proxy === undefined
						? 'The image promises no listener, and so has no proxy'
						: 'The contract promises no listener with TLS',
			};
		case 'broken':
		case 'unread':
			return unseen(`There is no contract to say where TLS is spoken: ${promised.reason}`);
		default:
			return {result: 'not-applicable', message: 'No port of this container was seen to speak TLS'};
	}
}

/** A host with more names than this shows them in other ways. */
const MAX_HOSTS = 16;

/** The endpoint once for each name that was promised, the one it is asked by first; names are compared without their last dot. */
export function byHost(endpoint: Endpoint, {promised}: Pick<Subject, 'promised'>): readonly Endpoint[] {
	const hosts = promised.state === 'kept' ? (promised.contract.proxy?.hosts ?? []) : [];
	const names = new Set([endpoint.name, ...hosts].map(name => name.replace(/\.$/, '')));
	const named = [...names].filter(name => name !== '' && !name.includes('*')).slice(0, MAX_HOSTS);
	return named.length === 0
		? [endpoint]
		: named.map(name => (name === endpoint.name ? endpoint : {...endpoint, name}));
}

/** An address is no name: it is not sent in SNI, and stands elsewhere in certificates. */
export function isAddress(name: string): boolean {
	return isIP(name) !== 0;
}
