import {parseArgs} from 'node:util';
import {CliError} from './error.ts';
import type {Io} from './io.ts';
import {createKeyPair} from './key-files.ts';

const help = `Usage: sallyport keys new [options]

Makes an ECDSA P-256 key pair for a person who signs policies, approvals or waivers: NAME.key, which nobody else may read,
and NAME.pub, which goes beside the policies. The private key is never shown.

  --name NAME       name of the key and of its files (policy)
  --out DIR         where to put them (the current folder)
  --person ID       who holds it, as documents name them, such as dana@example.com
  --role ROLE       policy-author, policy-approver or waiver-approver; may be repeated

Exit 0: made. 2: wrong usage, or a file is there already.
`;

/** `sallyport keys new`. @throws for wrong usage and files that cannot be written */
export async function runKeys(argv: readonly string[], io: Io): Promise<number> {
	const {values, positionals} = parseArgs({
		args: [...argv],
		allowPositionals: true,
		options: {
			name: {type: 'string', default: 'policy'},
			out: {type: 'string', default: '.'},
			person: {type: 'string', default: 'you@example.com'},
			role: {type: 'string', multiple: true, default: ['policy-approver']},
			help: {type: 'boolean', short: 'h', default: false},
		},
	});
	if (values.help) {
		io.stdout.write(help);
		return 0;
	}

	const {name, out, person, role} = values;
	if (positionals.length !== 1 || positionals[0] !== 'new') {
		throw new CliError('CLI_USAGE', 'it knows one thing to do: "sallyport keys new"; see --help');
	}

	if (!/^[a-z0-9][a-z0-9-]{0,63}$/.test(name)) {
		throw new CliError('CLI_USAGE', '--name is a name in lower case, such as dana-2027');
	}

	const {privatePath, publicPath, fingerprint} = await createKeyPair(out, name);
	io.stdout.write(
		[
			`${privatePath}  the private key; keep it where only ${person} can read it`,
			`${publicPath}  the public key, ${fingerprint}`,
			'',
			'For keys/trust.yaml:',
			`    - {name: ${name}, person: ${person}, roles: [${role.join(', ')}]}`,
			'',
		].join('\n'),
	);
	return 0;
}
