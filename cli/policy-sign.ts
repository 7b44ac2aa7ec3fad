import {basename} from 'node:path';
import {parseArgs} from 'node:util';
import {readApproval} from '../policies/approval.ts';
import {readWaiver} from '../policies/waiver.ts';
import {documentDigest, signDocument} from '../proto/signed-document.ts';
import {CliError} from './error.ts';
import type {Io} from './io.ts';
import {readSigner, writeNew} from './key-files.ts';
import {openDocument, operandOf, requiredOption, writtenBundle} from './policy-files.ts';

const help = `Usage: sallyport policy sign FILE --key KEY

Signs a bundle, an approval or a waiver as it is, after reading it as the build gate will. The signature is FILE.sig, and is over
the document's canonical form: comments and layout may change, meaning may not.

  --key FILE        the private key, as "sallyport keys new" makes it
`;

/** `sallyport policy sign`. @throws for a document that cannot be used */
export async function signPolicy(argv: readonly string[], io: Io): Promise<number> {
	const {values, positionals} = parseArgs({
		args: [...argv],
		allowPositionals: true,
		options: {key: {type: 'string'}, help: {type: 'boolean', short: 'h', default: false}},
	});
	if (values.help) {
		io.stdout.write(help);
		return 0;
	}

	const path = operandOf('sign', positionals, 'one file');
	const signer = await readSigner(requiredOption('key', values.key, 'the file of a private key'));
	const document = await readAny(path);
	const signature = await signDocument(document, basename(path), signer, new Date());
	await writeNew(`${path}.sig`, `${JSON.stringify(signature)}\n`);
	io.stdout.write(`${path}.sig is over ${documentDigest(document)}\n`);
	return 0;
}

/** Nobody should sign what the build gate will refuse. */
async function readAny(path: string): Promise<unknown> {
	const field = await openDocument(path);
	const {value} = field;
	const kind = typeof value === 'object' && value !== null && 'kind' in value ? value.kind : undefined;
	switch (kind) {
		case 'PolicyBundle':
			return (await writtenBundle(path)).document;
		case 'PolicyApproval':
			readApproval(field);
			return value;
		case 'Waiver':
			readWaiver(field);
			return value;
		default:
			throw new CliError(
				'CLI_BAD_INPUT',
				`${path} is neither a PolicyBundle nor a PolicyApproval nor a Waiver`,
			);
	}
}
