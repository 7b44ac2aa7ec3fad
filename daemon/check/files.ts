import {X509Certificate} from 'node:crypto';
import {constants} from 'node:fs';
import {access, readdir, readFile} from 'node:fs/promises';
import type {Config} from '../config.ts';
import {reasonOf} from '../error.ts';
import {loadPolicy} from '../policy.ts';
import {channelList} from '../tell/config.ts';
import {type CheckLine, failed, limited, ok} from './line.ts';

/** What an operator wrote or named: policy, trust, attestations, a place for checkpoints. */
export async function checkFiles(config: Config): Promise<readonly CheckLine[]> {
	return [
		...checkPolicy(config.policy),
		await checkTrust(config.trust),
		await checkAttestations(config.attestations),
		await checkAnchor(config.anchor),
		checkAlerts(config.alerts),
	];
}

function checkPolicy(path: string | undefined): readonly CheckLine[] {
	try {
		const {name, version, terms, standing} = loadPolicy(path, new Date());
		const approval = standing?.approval;
		const lines = [
			terms.approval.isRequired && approval?.state !== 'approved'
				? limited(
						`policy ${name} ${version}`,
						approval?.message ?? 'nothing lies beside it',
						'have it approved: sallyport policy approve',
						['gov-policy-approved'],
					)
				: ok(
						`policy ${name} ${version}`,
						approval?.state === 'approved' ? approval.message : 'asks for no approval',
					),
		];
		const waivers = standing?.waivers.length ?? 0;
		const problems = (standing?.problems ?? []).map(problem =>
			limited('policy documents', problem, 'mend or remove it: it waives and approves nothing'),
		);
		return [...lines, ...(waivers > 0 ? [ok('waivers', `${waivers} lie beside it`)] : []), ...problems];
	} catch (error) {
		return [failed('policy', reasonOf(error), 'the daemon does not start with it')];
	}
}

/** More certificates than any organisation has roots. */
const PEM = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]{1,20000}-----END CERTIFICATE-----/g;

async function checkTrust(path: string | undefined): Promise<CheckLine> {
	if (path === undefined) {
		return ok('trust', "Node's own roots; certificates of an own authority need --trust");
	}

	try {
		const found = (await readFile(path, 'utf8')).match(PEM) ?? [];
		const ended = found
			.map(pem => new X509Certificate(pem))
			.filter(({validTo}) => Date.parse(validTo) < Date.now());
		if (found.length === 0) {
			return failed(`trust ${path}`, 'holds no certificate in PEM', 'name the file of your authority');
		}

		return ended.length === 0
			? ok(`trust ${path}`, `${found.length} certificates`)
			: limited(
					`trust ${path}`,
					`${ended.length} of ${found.length} certificates have expired`,
					'renew them',
					['proxy-tls-cert-valid'],
				);
	} catch (error) {
		return failed(`trust ${path}`, reasonOf(error), 'the daemon does not start without it');
	}
}

async function checkAttestations(folder: string | undefined): Promise<CheckLine> {
	if (folder === undefined) {
		return limited(
			'attestations',
			'no folder of build attestations is named',
			'name one with --attestations, if release jobs sign images',
			['image-signed-after-policy'],
		);
	}

	try {
		const names = (await readdir(folder)).filter(name => name.endsWith('.json'));
		return ok(`attestations ${folder}`, `${names.length} files`);
	} catch (error) {
		return failed(`attestations ${folder}`, reasonOf(error), 'make it readable, or do not name it');
	}
}

function checkAlerts(alerts: Config['alerts']): CheckLine {
	const channels = alerts === undefined ? [] : channelList(alerts);
	const named = channels.map(({name, type, target}) => `${name} (${type}, ${target})`);
	return channels.length === 0
		? limited('alerts', 'nobody is told of anything', 'write alerts: into the file of --config', [
				'mon-alert-tested',
				'inc-finding-triaged',
			])
		: ok('alerts', `go to ${named.join(', ')}; "sallyport daemon alert-test" tries them`);
}

async function checkAnchor(folder: string | undefined): Promise<CheckLine> {
	if (folder === undefined) {
		return limited(
			'anchor',
			'no place outside of this host keeps checkpoints of the log',
			'name a folder on another host with --anchor',
			['ev-log-verifiable'],
		);
	}

	return access(folder, constants.W_OK | constants.X_OK).then(
		() => ok(`anchor ${folder}`, 'can be written to'),
		(error: unknown) =>
			limited(`anchor ${folder}`, reasonOf(error), 'make it writable for this user', ['ev-log-verifiable']),
	);
}
