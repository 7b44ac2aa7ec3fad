/** What npm leaves where it has installed: packages of the author's own machine would come along. */
const INSTALLED = 'node_modules/.package-lock.json';

/**
 * What says of an application what it is made of, in the root of the build context or one folder below it. `text` ones are read;
 * of the others it is enough that they are there.
 */
export const manifestNames: Readonly<Record<string, 'text' | 'name'>> = {
	'package.json': 'text',
	'package-lock.json': 'name',
	'npm-shrinkwrap.json': 'name',
	'yarn.lock': 'name',
	'pnpm-lock.yaml': 'name',
	'pnpm-workspace.yaml': 'name',
	'.npmrc': 'name',
	'.yarnrc.yml': 'name',
	'tsconfig.json': 'name',
	'requirements.txt': 'text',
	'constraints.txt': 'name',
	'pyproject.toml': 'text',
	'poetry.lock': 'name',
	'uv.lock': 'name',
	'setup.py': 'name',
	Pipfile: 'text',
	'Pipfile.lock': 'name',
	'go.mod': 'text',
	'go.sum': 'name',
	'vendor/modules.txt': 'name',
	'Cargo.toml': 'text',
	'Cargo.lock': 'name',
	'build.rs': 'name',
	'pom.xml': 'text',
	mvnw: 'name',
	'build.gradle': 'text',
	'build.gradle.kts': 'text',
	'settings.gradle': 'text',
	'settings.gradle.kts': 'text',
	gradlew: 'name',
	'composer.json': 'text',
	'composer.lock': 'name',
	Gemfile: 'text',
	'Gemfile.lock': 'text',
	[INSTALLED]: 'name',
	// What of the author's machine would come along, and what an installation reads beside its manifests.
	'node_modules/.yarn-integrity': 'name',
	'node_modules/.modules.yaml': 'name',
	'vendor/autoload.php': 'name',
	'binding.gyp': 'name',
	'.yarnrc': 'name',
	'.pnpmfile.cjs': 'name',
	'go.work': 'name',
	'.bundle/config': 'name',
};

/** Largest manifest that is read, in bytes; a larger one counts as there and unread. */
export const MAX_MANIFEST_BYTES = 64 * 1024;
/** More files than this of these names are no application: the rest is left unread. */
export const MAX_MANIFESTS = 64;

/** Patterns of all manifests, for whoever lists a context. */
export function manifestPatterns(): readonly string[] {
	return Object.keys(manifestNames).flatMap(name => [name, `*/${name}`]);
}

/** Whether a path is a manifest that is read, one that only has to be there, or none. */
export function manifestKind(path: string): 'text' | 'name' | undefined {
	const names = [path, path.slice(path.indexOf('/') + 1)];
	const found = names.find(name => Object.hasOwn(manifestNames, name));
	return found === undefined ? undefined : manifestNames[found];
}
