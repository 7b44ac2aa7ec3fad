import {execFileSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

export interface Certified {
	readonly key: string;
	readonly cert: string;
}

/** A little authority, made anew by openssl. */
export interface Authority extends Certified {
	/** @param newKey arguments of `openssl req`, by default for P-256 */
	issue(host: string, newKey?: readonly string[], digest?: string): Certified;
}

const p256 = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];

export function makeAuthority(): Authority {
	const root = selfSigned('Test Root');
	return {
		...root,
		issue: (host, newKey = p256, digest = 'sha256') =>
			inFolder(folder => {
				writeFileSync(join(folder, 'ca.crt'), root.cert);
				writeFileSync(join(folder, 'ca.key'), root.key);
				const subject = ['-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host}`];
				openssl(folder, ['req', ...newKey, '-nodes', ...subject, '-keyout', 'key', '-out', 'csr']);
				const sign = [
					'-CA',
					'ca.crt',
					'-CAkey',
					'ca.key',
					'-CAcreateserial',
					'-copy_extensions',
					'copy',
					'-days',
					'90',
				];
				openssl(folder, ['x509', '-req', '-in', 'csr', ...sign, `-${digest}`, '-out', 'crt']);
			}),
	};
}

export function selfSigned(name: string): Certified {
	return inFolder(folder =>
		openssl(folder, [
			'req',
			'-x509',
			...p256,
			'-nodes',
			'-subj',
			`/CN=${name}`,
			'-days',
			'90',
			'-keyout',
			'key',
			'-out',
			'crt',
		]),
	);
}

function inFolder(work: (folder: string) => void): Certified {
	const folder = mkdtempSync(join(tmpdir(), 'sallyport-certificate-'));
	try {
		work(folder);
		return {key: readFileSync(join(folder, 'key'), 'utf8'), cert: readFileSync(join(folder, 'crt'), 'utf8')};
	} finally {
		rmSync(folder, {recursive: true});
	}
}

function openssl(folder: string, args: readonly string[]): void {
	execFileSync('openssl', args, {cwd: folder, stdio: 'pipe'});
}
