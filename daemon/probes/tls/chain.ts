import {X509Certificate} from 'node:crypto';

/** What the certificates that a server sends amount to, beside whether somebody trusts them. */
export interface Chain {
	readonly certificates: readonly X509Certificate[];
	/** Each is issued by the one after it, from the server's own on. */
	readonly inOrder: boolean;
	/** Sent, and no part of the way up. */
	readonly strangers: number;
	readonly hasRoot: boolean;
}

/** Undefined when a certificate among them is none. */
export function chainOf(sent: readonly Buffer[]): Chain | undefined {
	const certificates: X509Certificate[] = [];
	for (const der of sent) {
		try {
			certificates.push(new X509Certificate(der));
		} catch {
			return undefined;
		}
	}

	const [leaf] = certificates;
	return leaf && describe(leaf, certificates);
}

function describe(leaf: X509Certificate, certificates: readonly X509Certificate[]): Chain {
	const way = [leaf];
	for (let at: X509Certificate | undefined = leaf; at !== undefined && !isSelfIssued(at); ) {
		const lower: X509Certificate = at;
		at = certificates.find(each => !way.includes(each) && lower.checkIssued(each));
		if (at !== undefined) {
			way.push(at);
		}
	}

	return {
		certificates,
		inOrder: way.every((certificate, index) => certificates[index] === certificate),
		strangers: certificates.length - way.length,
		hasRoot: certificates.length > 1 && way.some(isSelfIssued),
	};
}

export function isSelfIssued({issuer, subject}: X509Certificate): boolean {
	return issuer === subject;
}
