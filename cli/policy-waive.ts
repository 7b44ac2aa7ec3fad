import {join} from 'node:path';
import {parseArgs} from 'node:util';
import {fingerprintOf} from '../frontend/waive.ts';
import {longestFor, readWaiver} from '../policies/waiver.ts';
import {CliError} from './error.ts';
import type {Io} from './io.ts';
import {workbench} from './look.ts';
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

const help = `Usage: sallyport policy waive RULE --key KEY --approver WHO --requested-by WHO --reason TEXT
                 --instead RULE=TEXT --until DAY (--service NAME | --fingerprint DIGEST | --finding FILE:LINE) [options]

Makes a waiver of a control or a rule, and signs it. It names what it is for, what holds instead, and when it ends; the bundle says
how long one of this severity may last.

  --key FILE               the approver's private key
  --approver ID[=NAME]     who approves: the person that keys/trust.yaml names for the key
  --requested-by ID[=NAME] who asked for it; somebody else
  --owner ID[=NAME]        who owns the risk (the requester)
  --residual WORD          the risk that is left: low, medium, high or critical (medium)
  --reason TEXT            why, in at least 20 characters
  --instead RULE=TEXT      a control or rule that holds instead, and how; may be repeated
  --service NAME           images whose label org.opencontainers.image.title is this; may be repeated
  --fingerprint DIGEST     one finding, wherever its instruction stands; may be repeated
  --finding FILE:LINE      the same, of what RULE finds there now; may be repeated
  --image DIGEST           an image at run time; may be repeated
  --environment NAME       only there; may be repeated
  --from DAY, --until DAY  when it begins (now) and ends
  --id W-YYYY-NNN          its number
  --title TEXT             what is waived, in a few words
  --policy BUNDLE          the bundle it is for (baseline)
  --out FILE               where to write it (waivers/ID.yaml beside the bundle's folder)
`;

const text = {type: 'string'} as const;
const list = {type: 'string', multiple: true} as const;

/** `sallyport policy waive`. @throws for wrong usage, and for a waiver that the bundle would not let count */
export async function waivePolicy(argv: readonly string[], io: Io): Promise<number> {
	const {values, positionals} = parseArgs({
		args: [...argv],
		allowPositionals: true,
		options: {
			key: text,
			approver: text,
			'requested-by': text,
			owner: text,
			residual: {type: 'string', default: 'medium'},
			reason: text,
			instead: list,
			service: list,
			fingerprint: list,
			finding: list,
			image: list,
			environment: list,
			from: text,
			until: text,
			id: text,
			title: text,
			policy: {type: 'string', default: 'baseline'},
			out: text,
			help: {type: 'boolean', short: 'h', default: false},
		},
	});
	if (values.help) {
		io.stdout.write(help);
		return 0;
	}

	const rule = operandOf('waive', positionals, 'one control or rule');
	const now = new Date();
	const key = requiredOption('key', values.key, "the file of the approver's private key");
	const id = requiredOption('id', values.id, 'a number such as W-2027-014');
	const requester = personOption('requested-by', values['requested-by']);
	const found = await Promise.all((values.finding ?? []).map(at => fingerprintAt(rule, at)));
	const scope = {
		services: values.service,
		fingerprints: [...(values.fingerprint ?? []), ...found.flat()],
		imageDigests: values.image,
		environments: values.environment,
	};
	const waiver = {
		apiVersion: 'sallyport.dev/v1',
		kind: 'Waiver',
		metadata: {id, title: values.title ?? `${rule} until ${values.until ?? ''}`},
		spec: {
			rule,
			scope: Object.fromEntries(Object.entries(scope).filter(([, each]) => (each?.length ?? 0) > 0)),
			reason: requiredOption('reason', values.reason, 'a sentence that says why'),
			risk: {
				residual: values.residual,
				owner: values.owner === undefined ? requester : personOption('owner', values.owner),
			},
			compensating: (values.instead ?? []).map(insteadOf),
			requestedBy: requester,
			approvedBy: {...personOption('approver', values.approver), role: 'waiver-approver'},
			effectiveFrom: momentOf('from', values.from ?? secondOf(now)),
			expiresAt: momentOf('until', requiredOption('until', values.until, 'a day such as 2027-03-31')),
		},
	};
	await refuseTooLong(waiver, values.policy);
	const out = values.out ?? join(besideBundle(values.policy, 'waivers'), `${id}.yaml`);
	await writeSigned(out, waiver, {key, at: now});
	io.stdout.write(`${out}: ${rule} is waived until ${waiver.spec.expiresAt}\n`);
	return 0;
}

const DAY_MS = 86_400_000;

async function refuseTooLong(document: unknown, policy: string): Promise<void> {
	const {terms, own} = await writtenBundle(policy);
	const {rule, effectiveFrom, expiresAt} = readWaiver({
		value: document,
		path: [],
		file: 'waiver',
		lineOf: () => undefined,
	});
	const days = (Date.parse(expiresAt) - Date.parse(effectiveFrom)) / DAY_MS;
	const longest = longestFor(rule, terms.waiverLimits, own);
	if (days > longest) {
		throw new CliError(
			'CLI_REFUSED',
			`this lasts ${Math.ceil(days)} days, and ${policy} lets a waiver of ${rule} last ${longest}; end it sooner`,
		);
	}
}

function insteadOf(given: string): {readonly description: string; readonly rule?: string} {
	const at = given.indexOf('=');
	return at < 0
		? {description: given}
		: {description: given.slice(at + 1).trim(), rule: given.slice(0, at).trim()};
}

/** The fingerprint of what a rule, or the rules of a control, find on a line now. */
async function fingerprintAt(rule: string, at: string): Promise<readonly string[]> {
	const [, file = '', line = ''] = /^(.+):(\d+)$/.exec(at) ?? [];
	const build = {
		file,
		target: undefined,
		context: undefined,
		contexts: new Set<string>(),
		buildArgs: new Map<string, string>(),
	};
	const {opened, examined} = await workbench({}).look(build);
	const found = examined.findings.filter(
		each => (each.rule === rule || each.control === rule) && each.place?.line === Number(line),
	);
	if (found.length === 0) {
		throw new CliError(
			'CLI_BAD_INPUT',
			`${rule} finds nothing at ${at}; "sallyport check" shows what is found where`,
		);
	}

	return found.map(each => fingerprintOf(each, opened));
}
