/** Include patterns, as BuildKit matches them, for files of a build context that are named like policy documents. */
export const policyGlobs: readonly string[] = [
	'**/sallyport-policy*.yaml',
	'**/sallyport-policy*.yml',
	'**/*waiver*.yaml',
	'**/*waiver*.yml',
	'.sallyport',
];

/** Whether a path of the build context is named like a bundle, an approval or a waiver. */
export function isNamedLikePolicy(path: string): boolean {
	const parts = path.toLowerCase().split('/');
	const name = parts.at(-1) ?? '';
	const isYaml = name.endsWith('.yaml') || name.endsWith('.yml');
	return (
		(parts[0] === '.sallyport' && parts.length > 1) ||
		(isYaml && (name.startsWith('sallyport-policy') || name.includes('waiver')))
	);
}
