import {createHash} from 'node:crypto';
import type {Setting} from '../../../policies/setting.ts';
import type {Endpoint, ProbeFinding, Subject} from '../probe.ts';
import type {Presented} from './certificate.ts';
import {chainFaults, faultsOf, type Limits} from './certificate-faults.ts';
import {type Chain, chainOf} from './chain.ts';
import {byHost, ofTls} from './of-tls.ts';

export const proxyTlsCertValid = ofTls(async (endpoint, subject) => {
	const found = await Promise.all(byHost(endpoint, subject).map(each => judge(each, subject)));
	return found.flat();
});

async function judge(endpoint: Endpoint, {scan, now, paramsOf}: Subject): Promise<readonly ProbeFinding[]> {
	const looking = scan(endpoint);
	const [presented, sent] = await Promise.all([looking.presented(), looking.sent()]);
	const chain = sent?.certificates && chainOf(sent.certificates);
	const wrong = [
		...faultsOf(presented, endpoint.name, limitsOf(paramsOf('proxy-tls-cert-valid')), now),
		...(chain === undefined ? [] : chainFaults(chain, sent?.stapled === true)),
	];
	const observed = describe(presented, chain);
	const whose = endpoint.name === '' ? '' : ` for ${endpoint.name}`;
	return wrong.length === 0
		? [{result: 'pass', message: `The certificate of port ${endpoint.port}${whose} is valid`, observed}]
		: wrong.map((message): ProbeFinding => ({result: 'fail', message, observed}));
}

function limitsOf({minDaysLeft, maxLifetimeDays}: Setting['params']): Limits {
	return {
		minDaysLeft: typeof minDaysLeft === 'number' ? minDaysLeft : 14,
		maxLifetimeDays: typeof maxLifetimeDays === 'number' ? maxLifetimeDays : 366,
	};
}

function describe(
	{certificate, chainError, negotiated}: Presented,
	chain: Chain | undefined,
): Record<string, unknown> {
	const {type, ...key} = {
		type: certificate.publicKey.asymmetricKeyType,
		...certificate.publicKey.asymmetricKeyDetails,
	};
	const spki = certificate.publicKey.export({type: 'spki', format: 'der'});
	return {
		fingerprint256: certificate.fingerprint256,
		// The same key at several hosts shows in the record.
		keyDigest: createHash('sha256').update(spki).digest('hex'),
		notBefore: certificate.validFromDate.toISOString(),
		notAfter: certificate.validToDate.toISOString(),
		key: `${type} ${key.namedCurve ?? key.modulusLength ?? ''}`.trim(),
		chain: chainError ?? 'trusted',
		...(chain !== undefined && {
			sent: chain.certificates.length,
			strangers: chain.strangers,
			withRoot: chain.hasRoot,
		}),
		negotiated,
	};
}
