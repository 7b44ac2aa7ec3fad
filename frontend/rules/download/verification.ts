import type {Command} from '../../shell/script.ts';

const VERIFIERS: ReadonlySet<string> = new Set([
	...['sha1sum', 'sha224sum', 'sha256sum', 'sha384sum', 'sha512sum', 'shasum', 'md5sum', 'b2sum', 'b3sum'],
	...['gpgv', 'cosign', 'minisign', 'signify', 'rhash', 'slsa-verifier', 'rpmkeys', 'cksum', 'gpgv2'],
]);

/** Whether a command compares what was fetched with what was expected. */
export function isVerifier({name, args}: Command): boolean {
	if (name === 'gpg' || name === 'gpg2') {
		return args.some(({value}) => value === '--verify' || value === '--verify-files');
	}
	if (name === 'openssl') {
		return args[0]?.value === 'dgst' || args[0]?.value === 'sha256';
	}
	return VERIFIERS.has(name);
}
