import {ignoringOf} from './ignore-file.ts';
import {copiesOf} from './layer/copies.ts';
import type {Subject} from './rule.ts';
import {takesIn} from './secret/paths.ts';

/** A line for an ignore file, and a path that it would leave out. */
type Line = readonly [line: string, example: string];

const SECRETS: readonly Line[] = [
	['.git', '.git'],
	['**/.env*', '.env'],
	['**/*.pem', 'key.pem'],
	['**/*.key', 'server.key'],
	['**/id_*', 'id_rsa'],
];

/** What tools leave beside the sources, by a manifest that tells of them. */
const LEFT: readonly (readonly [manifest: string, ...lines: readonly Line[]])[] = [
	['package.json', ['**/node_modules', 'node_modules/a'], ['**/npm-debug.log*', 'npm-debug.log']],
	['requirements.txt', ['**/__pycache__', '__pycache__/a'], ['**/.venv', '.venv/a']],
	['pyproject.toml', ['**/__pycache__', '__pycache__/a'], ['**/.venv', '.venv/a']],
	['Cargo.toml', ['target', 'target/a']],
	['pom.xml', ['target', 'target/a']],
	['build.gradle', ['build', 'build/a'], ['.gradle', '.gradle/a']],
	['build.gradle.kts', ['build', 'build/a'], ['.gradle', '.gradle/a']],
	['Gemfile', ['.bundle', '.bundle/a']],
];

/**
 * Lines that the ignore file lacks, for secrets, and for what tools leave where the context is known: exactly as they are to be
 * written. What the Dockerfile copies by name stays in.
 * @param needsHistory a step asks git about the repository
 */
export function linesToIgnore(
	subject: Subject,
	{needsHistory}: {readonly needsHistory: boolean},
): readonly string[] {
	const {ignoreFile, manifests} = subject;
	const ignores = ignoringOf(ignoreFile?.text ?? '');
	const named = copiesOf(subject)
		.filter(({from}) => from === undefined)
		.flatMap(({sources}) => sources)
		.slice(0, MAX_NAMED);
	const left = LEFT.filter(([manifest]) => manifests?.has(manifest) === true).flatMap(
		([, ...lines]) => lines,
	);
	const lines = [...SECRETS, ...left]
		.filter(([line]) => line !== '.git' || !needsHistory)
		.filter(([, example]) => ignores(example) === false)
		.filter(([line, example]) => !named.some(source => isAbout(source, line, example)));
	return [...new Set(lines.map(([line]) => line))];
}

/** Sources that are compared: nobody honest names more. */
const MAX_NAMED = 100;

/** Whether a COPY names what the line would leave out. */
function isAbout(source: string, line: string, example: string): boolean {
	const path = source.replace(/^(?:\.?\/)+/, '');
	const plain = line.replace(/^\*\*\//, '');
	return (
		path !== '' &&
		path !== '.' &&
		(takesIn(plain, path) ||
			takesIn(plain, path.slice(path.lastIndexOf('/') + 1)) ||
			path === example.split('/')[0])
	);
}
