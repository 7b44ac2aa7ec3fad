import type {World} from './explain.ts';
import {type FileSystem, packagesOf} from './file-system.ts';

/** Every package is one of the author's image, or of the one that it stands on now, in that version. */
export function isSubset({plain, rewritten, rewrittenBase}: World): boolean {
	const known = new Set([...versionsOf(plain), ...versionsOf(rewrittenBase)]);
	return versionsOf(rewritten).every(each => known.has(each));
}

function versionsOf({texts}: FileSystem): readonly string[] {
	return (texts.get('/var/lib/dpkg/status') ?? '')
		.split('\n\n')
		.map(text => `${/^Package: (\S+)$/m.exec(text)?.[1]} ${/^Version: (\S+)$/m.exec(text)?.[1]}`);
}

/** Programs ask for their files at run time, and no library leads to them: nobody has taken them for tools of a build. */
const DATA =
	/^(?:ca-certificates|tzdata|netbase|media-types|locales|fontconfig-config|fonts-.*|publicsuffix|iso-codes)$/;

/** What belongs to packages that only build: they stay behind where a stage was split, and nowhere else. */
export function removedPaths({plain, rewritten}: World): ReadonlySet<string> {
	const record = rewritten.texts.get('/etc/sallyport/build.json') ?? '{}';
	const {repairs = []} = JSON.parse(record) as {readonly repairs?: readonly {readonly rule: string}[]};
	const isSplit = repairs.some(({rule}) => rule === 'split-build');
	const kept = packagesOf(rewritten);
	return pathsOf(plain, {test: name => isSplit && !kept.has(name) && !DATA.test(name)});
}

export function pathsOf(
	system: FileSystem,
	names: {readonly test: (name: string) => boolean},
): ReadonlySet<string> {
	return new Set(Array.from(packagesOf(system)).flatMap(([name, paths]) => (names.test(name) ? paths : [])));
}

/** Whoever has a name keeps number, groups and home, unless only the author's larger base has them; there may be more of them. */
export function keepsAccounts({plain, rewritten, base, rewrittenBase}: World): boolean {
	return ['/etc/passwd', '/etc/group'].every(path => {
		const [all, now, below, belowNow] = [plain, rewritten, base, rewrittenBase].map(
			({texts}) => new Set((texts.get(path) ?? '').split('\n')),
		);
		return Array.from(all ?? []).every(line => now?.has(line) || (below?.has(line) && !belowNow?.has(line)));
	});
}
