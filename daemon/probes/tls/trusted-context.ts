import {createSecureContext, rootCertificates, type SecureContext} from 'node:tls';

const contexts = new WeakMap<readonly string[], SecureContext>();

/**
 * One context for each list of trusted certificates, made once: Node's roots are some 140 certificates to parse, which would cost
 * more than the handshake. Weak algorithms are let in, because a server with a bad certificate must be heard to be judged.
 */
export function contextFor(trust: readonly string[]): SecureContext {
	const known = contexts.get(trust);
	if (known !== undefined) {
		return known;
	}

	const made = createSecureContext({
		ciphers: 'ALL:eNULL:!aNULL:@SECLEVEL=0',
		minVersion: 'TLSv1',
		...(trust.length > 0 && {ca: [...rootCertificates, ...trust]}),
	});
	contexts.set(trust, made);
	return made;
}
