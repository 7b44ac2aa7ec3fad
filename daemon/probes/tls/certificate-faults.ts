import type {X509Certificate} from 'node:crypto';
import type {Presented} from './certificate.ts';
import {type Chain, isSelfIssued} from './chain.ts';
import {extendedOf} from './der.ts';
import {isAddress} from './of-tls.ts';

/** What the policy may set otherwise, in days. */
export interface Limits {
	readonly minDaysLeft: number;
	readonly maxLifetimeDays: number;
}

const DAY_MS = 86_400_000;
const MIN_RSA_BITS = 2048;
const curves: readonly unknown[] = ['prime256v1', 'secp384r1', 'secp521r1'];
const SERVER_AUTHENTICATION: readonly string[] = ['1.3.6.1.5.5.7.3.1', '2.5.29.37.0'];
const DIGITAL_SIGNATURE = 0;

/** What one handshake shows: every fault a sentence that says what to do. */
export function faultsOf(presented: Presented, name: string, limits: Limits, now: Date): readonly string[] {
	const {certificate} = presented;
	const selfSigned = isSelfSigned(certificate);
	return [
		selfSigned
			? 'The certificate is self-signed, made when the container started: no client can know whom it talks to. Mount one at /etc/sallyport/tls/'
			: untrusted(presented, now),
		certificate.validFromDate > now
			? 'The certificate is not valid yet; check the clock of whoever issued it'
			: undefined,
		lifetime(certificate, limits, now),
		weakness(certificate),
		// What anybody makes by hand says that it may issue certificates; that it is made by hand was said above.
		...(selfSigned ? [] : purposes(certificate)),
		misnamed(certificate, name),
	].filter(fault => fault !== undefined);
}

function isSelfSigned(certificate: X509Certificate): boolean {
	// Not checkIssued: that also asks whether the key may sign certificates, which a server's own key need not.
	return isSelfIssued(certificate) && certificate.verify(certificate.publicKey);
}

function untrusted({certificate, chainError}: Presented, now: Date): string | undefined {
	// The server's own dates have a sentence of their own; an intermediate's do not.
	const isDated = certificate.validToDate <= now || certificate.validFromDate > now;
	if (
		chainError === undefined ||
		(isDated && /EXPIRED|NOT_YET_VALID/.test(chainError)) ||
		(chainError === 'INVALID_PURPOSE' && !isForServers(certificate))
	) {
		return;
	}

	return /EXPIRED|NOT_YET_VALID/.test(chainError)
		? `A certificate above the server's own is out of its time (${chainError}); send the one that replaced it`
		: `The certificate's chain leads to nobody we trust (${chainError}); send the intermediates, or trust the issuer`;
}

function lifetime(
	{validToDate, validFromDate}: X509Certificate,
	{minDaysLeft, maxLifetimeDays}: Limits,
	now: Date,
): string | undefined {
	const daysLeft = (validToDate.getTime() - now.getTime()) / DAY_MS;
	if (daysLeft <= 0) {
		return 'The certificate has expired; renew it';
	}

	if (daysLeft < minDaysLeft) {
		return `The certificate expires in ${Math.floor(daysLeft)} days; automate its renewal`;
	}

	const days = (validToDate.getTime() - validFromDate.getTime()) / DAY_MS;
	return days > maxLifetimeDays + 1
		? `The certificate is valid for ${Math.round(days)} days, more than ${maxLifetimeDays}: whoever steals its key has it as long; have it issued for 90`
		: undefined;
}

export function weakness({publicKey, signatureAlgorithm}: X509Certificate): string | undefined {
	const type = publicKey.asymmetricKeyType;
	const {modulusLength = 0, namedCurve} = publicKey.asymmetricKeyDetails ?? {};
	const strong =
		type === 'rsa' || type === 'rsa-pss'
			? modulusLength >= MIN_RSA_BITS
			: type === 'ed25519' || type === 'ed448' || curves.includes(namedCurve);
	if (!strong) {
		return `The certificate's key (${type} ${namedCurve ?? modulusLength}) is too weak; use P-256 or RSA of ${MIN_RSA_BITS} bits`;
	}

	return /md[245]|sha1(?!\d)/i.test(signatureAlgorithm ?? '')
		? `The certificate is signed with ${signatureAlgorithm}, which can be forged; have it issued again`
		: undefined;
}

function isForServers(certificate: X509Certificate): boolean {
	// Undefined where the certificate does not limit itself, whatever Node's types say.
	const uses: readonly string[] | undefined = certificate.keyUsage;
	return uses === undefined || uses.some(use => SERVER_AUTHENTICATION.includes(use));
}

function purposes(certificate: X509Certificate): readonly string[] {
	const {keyUsage} = extendedOf(certificate.raw);
	return [
		...(isForServers(certificate)
			? []
			: ['The certificate is not meant for servers (extended key usage); have it issued for serverAuth']),
		...(keyUsage !== undefined && !keyUsage.includes(DIGITAL_SIGNATURE)
			? [
					'The certificate forbids its key to sign (key usage), which TLS 1.3 needs; have it issued with digitalSignature',
				]
			: []),
		...(certificate.ca
			? [
					'The certificate may issue others (CA:TRUE): whoever has its key can be anybody; use one of a server',
				]
			: []),
	];
}

/** By alternative names only: the common name has not counted for years. A wildcard stands for one whole label. */
function misnamed(certificate: X509Certificate, name: string): string | undefined {
	const isNamed =
		name === '' ||
		(isAddress(name)
			? certificate.checkIP(name)
			: certificate.checkHost(name, {subject: 'never', wildcards: true, partialWildcards: false})) !==
			undefined;
	return isNamed
		? undefined
		: `The certificate does not name ${JSON.stringify(name)}, which the contract promises`;
}

/** What only the certificates as they were sent can show. */
export function chainFaults(
	{certificates: [leaf, ...above], inOrder}: Chain,
	stapled: boolean,
): readonly string[] {
	const weak = above
		.filter(certificate => !isSelfIssued(certificate))
		.map(weakness)
		.find(fault => fault !== undefined);
	return [
		...(inOrder
			? []
			: [
					'The certificates are sent in the wrong order, which some clients give up at; put each before its issuer',
				]),
		...(weak === undefined ? [] : [`Of a certificate above the server's own: ${weak}`]),
		...(leaf !== undefined && extendedOf(leaf.raw).mustStaple && !stapled
			? ['The certificate demands a stapled status (must-staple), and none is sent; turn OCSP stapling on']
			: []),
	];
}
