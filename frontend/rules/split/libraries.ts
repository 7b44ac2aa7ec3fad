/** Where the list of packages lies between two stages. */
const LIST = '/sallyport-packages';
/** Nothing of what is mounted below /dev stays in a layer. */
const MOUNTED = '/dev/sallyport-packages';

/**
 * Which packages hold the shared libraries that compiled modules ask for is seen in the stage that has them all: what `ldd` finds
 * for them is looked up in dpkg's own lists. @param folders where compiled modules and programs may lie
 */
export function listLibraries(folders: readonly string[]): string {
	const files = String.raw`\( -name '*.so' -o -name '*.so.*' -o -name '*.node' -o -path '*/bin/*' -perm /111 \)`;
	return listed(`find ${folders.join(' ')} -type f ${files} -exec ldd {} +`);
}

/** The same for these programs alone. */
export function listLibrariesOf(programs: readonly string[]): string {
	return listed(`ldd ${programs.join(' ')}`);
}

function listed(asking: string): string {
	const names = `awk '$2 == "=>" && $3 ~ "^/" && $3 !~ "^/usr/local/" {n = split($3, part, "/"); print "*/" part[n]}'`;
	const owners = `sort -u | xargs -r dpkg-query --search 2>/dev/null | grep -v '^diversion' | cut -d: -f1 | sort -u > ${LIST}`;
	return `RUN ${asking} 2>/dev/null | ${names} | ${owners}`;
}

/** Installs those of them that the last stage's base does not have. @param stage the one that holds the list */
export function installLibraries(stage: string): string {
	const missing = `missing=$(for name in $(cat ${MOUNTED}); do dpkg-query --show "$name" >/dev/null 2>&1 || echo "$name"; done)`;
	const install =
		'apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing && rm -rf /var/lib/apt/lists/* /var/cache/apt/*';
	return `RUN --mount=type=bind,from=${stage},source=${LIST},target=${MOUNTED} ${missing} && if [ -n "$missing" ]; then ${install}; fi`;
}
