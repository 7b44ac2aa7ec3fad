import type {X509Certificate} from 'node:crypto';
import {eachEndpoint, ofProxy, type ProbeFinding} from '../probe.ts';
import {type Presented, presentedBy} from './certificate.ts';

const DAY_MS = 86_400_000;
const MIN_DAYS_LEFT = 14;
const MIN_RSA_BITS = 2048;
const curves: readonly unknown[] = ['prime256v1', 'secp384r1', 'secp521r1'];

export const proxyTlsCertValid = ofProxy(async ({hosts}, subject, signal) =>
	eachEndpoint(subject, 'https', async endpoint => {
		const presented = await presentedBy(endpoint, subject.trust, signal);
		const wrong = faults(presented, hosts, subject.now);
		const observed = describe(presented);
		return wrong.length === 0
			? [{result: 'pass', message: `The certificate of port ${endpoint.port} is valid`, observed}]
			: wrong.map((message): ProbeFinding => ({result: 'fail', message, observed}));
	}),
);

function faults(presented: Presented, hosts: readonly string[], now: Date): readonly string[] {
	const {certificate} = presented;
	const daysLeft = (certificate.validToDate.getTime() - now.getTime()) / DAY_MS;
	const wrongHost = hosts.find(host => certificate.checkHost(host) === undefined);
	return [
		untrusted(presented),
		certificate.validFromDate > now
			? 'The certificate is not valid yet; check the clock of whoever issued it'
			: undefined,
		lifetime(daysLeft),
		weakness(certificate),
		wrongHost === undefined
			? undefined
			: `The certificate does not name ${JSON.stringify(wrongHost)}, which the contract promises`,
	].filter(fault => fault !== undefined);
}

function untrusted({certificate, chainError}: Presented): string | undefined {
	// Not checkIssued: that also asks whether the key may sign certificates, which a server's own key need not.
	if (certificate.issuer === certificate.subject && certificate.verify(certificate.publicKey)) {
		return 'The certificate is self-signed, made when the container started: no client can know whom it talks to. Mount one at /etc/sallyport/tls/';
	}

	// Lifetime has a sentence of its own.
	return chainError === undefined || /EXPIRED|NOT_YET_VALID/.test(chainError)
		? undefined
		: `The certificate's chain leads to nobody we trust (${chainError}); send the intermediates, or trust the issuer`;
}

function lifetime(daysLeft: number): string | undefined {
	if (daysLeft <= 0) {
		return 'The certificate has expired; renew it';
	}

	return daysLeft < MIN_DAYS_LEFT
		? `The certificate expires in ${Math.floor(daysLeft)} days; automate its renewal`
		: undefined;
}

function weakness({publicKey, signatureAlgorithm}: X509Certificate): string | undefined {
	const type = publicKey.asymmetricKeyType;
	const {modulusLength = 0, namedCurve} = publicKey.asymmetricKeyDetails ?? {};
	const strong =
		type === 'rsa' || type === 'rsa-pss'
			? modulusLength >= MIN_RSA_BITS
			: type === 'ed25519' || curves.includes(namedCurve);
	if (!strong) {
		return `The certificate's key (${type} ${namedCurve ?? modulusLength}) is too weak; use P-256 or RSA of ${MIN_RSA_BITS} bits`;
	}

	return /md5|sha1(?!\d)/i.test(signatureAlgorithm ?? '')
		? `The certificate is signed with ${signatureAlgorithm}, which can be forged; have it issued again`
		: undefined;
}

function describe({certificate, chainError}: Presented): Record<string, unknown> {
	const {type, ...key} = {
		type: certificate.publicKey.asymmetricKeyType,
		...certificate.publicKey.asymmetricKeyDetails,
	};
	return {
		fingerprint256: certificate.fingerprint256,
		notBefore: certificate.validFromDate.toISOString(),
		notAfter: certificate.validToDate.toISOString(),
		key: `${type} ${key.namedCurve ?? key.modulusLength ?? ''}`.trim(),
		chain: chainError ?? 'trusted',
	};
}
