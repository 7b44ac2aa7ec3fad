import {CliError} from './error.ts';
import type {Io} from './io.ts';

const help = `Usage: sallyport policy COMMAND [options]

  show BUNDLE            what a bundle says, who approved it, what is waived
  diff BUNDLE BUNDLE     what is stricter and what is laxer in the second
  test DIR               judge Dockerfiles that say in comments what is to be found in them
  sign FILE              sign a bundle, an approval or a waiver
  approve BUNDLE         make and sign an approval
  waive RULE             make and sign a waiver
  attest IMAGE           judge an image for a release, and sign the outcome
  export BUNDLE          the approved base images, for BuildKit
  schema KIND            JSON Schema of bundle, approval, waiver, trust or project

BUNDLE is the name of one that comes with this program (baseline, soc2, soc2-strict) or the path of a file. Keys, approvals and
waivers are looked for in the folders keys, approvals and waivers beside the bundle's own.
"sallyport policy COMMAND --help" tells more.
`;

type Command = (argv: readonly string[], io: Io) => Promise<number>;

const commands: Readonly<Record<string, () => Promise<Command>>> = {
	show: async () => (await import('./policy-show.ts')).showPolicy,
	diff: async () => (await import('./policy-show.ts')).diffPolicies,
	test: async () => (await import('./policy-test.ts')).testPolicy,
	sign: async () => (await import('./policy-sign.ts')).signPolicy,
	approve: async () => (await import('./policy-approve.ts')).approvePolicy,
	waive: async () => (await import('./policy-waive.ts')).waivePolicy,
	attest: async () => (await import('./policy-attest.ts')).attestImage,
	export: async () => (await import('./policy-export.ts')).exportPolicy,
	schema: async () => (await import('./policy-schema.ts')).printSchema,
};

/** `sallyport policy`: 0 fine, 1 what was expected is not so, 2 wrong usage or bad input. */
export async function runPolicy(argv: readonly string[], io: Io): Promise<number> {
	const [name = '', ...rest] = argv;
	if (name === '--help' || name === '-h' || name === '') {
		io.stdout.write(help);
		return name === '' ? 2 : 0;
	}

	const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
	if (load === undefined) {
		const shown = JSON.stringify(name.slice(0, 40));
		throw new CliError(
			'CLI_USAGE',
			`${shown} is no command of it; it has ${Object.keys(commands).join(', ')}`,
		);
	}

	const command = await load();
	return command(rest, io);
}
