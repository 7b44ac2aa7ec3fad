import {parseArgs} from 'node:util';
import type {Bundle} from '../policies/bundle.ts';
import {CliError} from './error.ts';
import type {Io} from './io.ts';
import {bundleAt, operandOf} from './policy-files.ts';

const help = `Usage: sallyport policy export BUNDLE --source-policy [--format json|rego] [--also PATTERN]

Writes the bundle's list of approved base images (params.allow of approved-base) for BuildKit itself, which then refuses every
other image, also where another frontend builds.

  --source-policy    what to export; the only thing there is
  --format json      a source policy, for EXPERIMENTAL_BUILDKIT_SOURCE_POLICY of buildx (the default)
  --format rego      a Dockerfile.rego that says the same
  --also PATTERN     images besides, such as other frontends; may be repeated

Sallyport's own images (docker.io/sallyport/*) are always let through: the frontend is one of them.
`;

/** `sallyport policy export`. @throws when the bundle approves of no images in particular */
export async function exportPolicy(argv: readonly string[], io: Io): Promise<number> {
	const {values, positionals} = parseArgs({
		args: [...argv],
		allowPositionals: true,
		options: {
			'source-policy': {type: 'boolean', default: false},
			format: {type: 'string', default: 'json'},
			also: {type: 'string', multiple: true, default: []},
			help: {type: 'boolean', short: 'h', default: false},
		},
	});
	if (values.help) {
		io.stdout.write(help);
		return 0;
	}

	const path = operandOf('export', positionals, 'one bundle');
	const write = values.format === 'json' ? sourcePolicy : values.format === 'rego' ? rego : undefined;
	if (!values['source-policy'] || write === undefined) {
		throw new CliError('CLI_USAGE', 'export takes --source-policy, and --format json or rego; see --help');
	}

	const images = allowedBy(await bundleAt(path, new Date()));
	io.stdout.write(write([...images, OWN, ...values.also].map(withRegistry)));
	return 0;
}

const OWN = 'docker.io/sallyport/*';

function allowedBy({name, rules}: Bundle): readonly string[] {
	const {allow} = rules['approved-base'].params;
	if (typeof allow !== 'object' || allow.length === 0) {
		throw new CliError(
			'CLI_BAD_INPUT',
			`the policy ${name} lists no approved images (params.allow of base-approved-source), so there is nothing to export`,
		);
	}

	return allow;
}

/** `debian` is `docker.io/library/debian`: BuildKit compares whole names. */
function withRegistry(pattern: string): string {
	const [first = '', ...rest] = pattern.split('/');
	if (rest.length === 0) {
		return first.startsWith('*') ? pattern : `docker.io/library/${pattern}`;
	}

	return /[.:*]|^localhost$/.test(first) ? pattern : `docker.io/${pattern}`;
}

/**
 * BuildKit takes the last rule that matches, so everything is refused first. A name without a tag stands for all of its tags and
 * digests, and BuildKit's star takes everything, slashes too: where a pattern's star takes less, the policy of BuildKit is the
 * wider of the two, and the build gate still holds the narrower.
 */
function sourcePolicy(images: readonly string[]): string {
	const rule = (action: 'ALLOW' | 'DENY', image: string) => ({
		action,
		selector: {identifier: `docker-image://${image}`, matchType: 'WILDCARD'},
	});
	const rules = [rule('DENY', '*'), ...images.flatMap(versionsOf).map(image => rule('ALLOW', image))];
	return `${JSON.stringify({version: 1, rules}, undefined, 2)}\n`;
}

function versionsOf(image: string): readonly string[] {
	const name = image.replaceAll('**', '*');
	const isVersioned = /[:@][^/]*$/.test(name) || name.endsWith('*');
	return isVersioned ? [name] : [name, `${name}:*`, `${name}@*`];
}

function rego(images: readonly string[]): string {
	const patterns = images.map(image => `  ${JSON.stringify(repositoryOf(image))},`);
	return [
		'package docker',
		'',
		'# The approved base images of a Sallyport policy. Everything that is no image is let through here: it is judged elsewhere.',
		'default allow := false',
		'',
		'allow if not input.image',
		'',
		'approved := {',
		...patterns,
		'}',
		'',
		'allow if {',
		'  some pattern in approved',
		'  glob.match(pattern, ["/"], sprintf("%s/%s", [input.image.host, input.image.repo]))',
		'}',
		'',
		'decision := {"allow": allow}',
		'',
	].join('\n');
}

/** Rego's `*` stops at a slash, as ours does, and what ends in one stands for all that lies below. */
function repositoryOf(image: string): string {
	const name = image.replace(/[:@][^/]*$/, '');
	return name.endsWith('/*') ? `${name}*` : name;
}
