import {join} from 'node:path';
import {parseArgs} from 'node:util';
import {readApproval} from '../policies/approval.ts';
import {documentDigest} from '../proto/signed-document.ts';
import type {Io} from './io.ts';
import {
	besideBundle,
	momentOf,
	operandOf,
	personOption,
	requiredOption,
	secondOf,
	writeSigned,
	writtenBundle,
} from './policy-files.ts';

const help = `Usage: sallyport policy approve BUNDLE --key KEY --approver WHO --author WHO [options]

Makes an approval of the bundle as it is now, and signs it. Whoever approves is not who wrote it.

  --key FILE             the approver's private key
  --approver ID[=NAME]   who approves: the person that keys/trust.yaml names for the key
  --author ID[=NAME]     who wrote the bundle
  --effective-from DAY   when it comes into force (now)
  --review-by DAY        when it is to be looked at again, at most a year ahead (in a year)
  --ticket TEXT          where it was discussed
  --supersedes DIGEST    the digest of the version whose place it takes
  --decision WORD        approved, rejected or revoked (approved)
  --out FILE             where to write it (approvals/NAME-VERSION-APPROVER.yaml beside the bundle's folder)

Exit 0: written. 2: wrong usage or bad input.
`;

const YEAR_MS = 365 * 86_400_000;

/** `sallyport policy approve`. @throws for wrong usage and a bundle that cannot be used */
export async function approvePolicy(argv: readonly string[], io: Io): Promise<number> {
	const text = {type: 'string'} as const;
	const {values, positionals} = parseArgs({
		args: [...argv],
		allowPositionals: true,
		options: {
			key: text,
			approver: text,
			author: text,
			'effective-from': text,
			'review-by': text,
			ticket: text,
			supersedes: text,
			decision: {type: 'string', default: 'approved'},
			out: text,
			help: {type: 'boolean', short: 'h', default: false},
		},
	});
	if (values.help) {
		io.stdout.write(help);
		return 0;
	}

	const path = operandOf('approve', positionals, 'one bundle');
	const now = new Date();
	const key = requiredOption('key', values.key, "the file of the approver's private key");
	const approver = personOption('approver', values.approver);
	const author = personOption('author', values.author);
	const {name, version, document} = await writtenBundle(path);
	const digest = documentDigest(document);
	const {ticket, supersedes, decision} = values;
	const day = (option: 'effective-from' | 'review-by', fallback: Date): string =>
		momentOf(option, values[option] ?? secondOf(fallback));
	const approval = {
		apiVersion: 'sallyport.dev/v1',
		kind: 'PolicyApproval',
		metadata: {title: `${name} ${version}`},
		spec: {
			subject: {name, version, digest},
			decision,
			author,
			approver: {...approver, role: 'policy-approver'},
			approvedAt: secondOf(now),
			effectiveFrom: day('effective-from', now),
			reviewBy: day('review-by', new Date(now.getTime() + YEAR_MS)),
			...(supersedes === undefined ? {} : {supersedes}),
			...(ticket === undefined ? {} : {ticket}),
		},
	};
	readApproval({value: approval, path: [], file: 'approval', lineOf: () => undefined});
	const who = approver.id.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
	const out = values.out ?? join(besideBundle(path, 'approvals'), `${name}-${version}-${who}.yaml`);
	await writeSigned(out, approval, {key, at: now});
	io.stdout.write(
		`${out}: ${decision} ${name} ${version} (${digest}) by ${approver.id}, from ${approval.spec.effectiveFrom} to ${approval.spec.reviewBy}\n`,
	);
	return 0;
}
