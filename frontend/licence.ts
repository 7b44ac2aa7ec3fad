/** Where an application says under which licence it is, in the root of its context. */
const readers: Readonly<Record<string, (text: string) => string | undefined>> = {
	'package.json': fromPackage,
	'composer.json': fromPackage,
	'Cargo.toml': text => /^license\s*=\s*"([^"]{1,100})"/m.exec(text)?.[1],
};

/** Terms of SPDX: ids, AND, OR, WITH and brackets. */
const SPDX = /^\(?[A-Za-z0-9][A-Za-z0-9.+-]{1,40}(?: (?:AND|OR|WITH) \(?[A-Za-z0-9.+-]{1,40}\)?){0,5}\)?$/;

/** The licence, if one manifest in the root of the context names one, and no other names another. */
export function licenceIn(manifests: ReadonlyMap<string, string> | undefined): string | undefined {
	const found = Object.entries(readers).flatMap(([path, read]) => read(manifests?.get(path) ?? '') ?? []);
	const [licence, ...others] = new Set(found);
	const isSpdx =
		licence !== undefined && SPDX.test(licence) && !/^(?:UNLICENSED|SEE|proprietary)/i.test(licence);
	return isSpdx && others.length === 0 ? licence : undefined;
}

function fromPackage(text: string): string | undefined {
	if (text === '') {
		return undefined;
	}

	try {
		const manifest: unknown = JSON.parse(text);
		const licence =
			typeof manifest === 'object' && manifest !== null && 'license' in manifest
				? manifest.license
				: undefined;
		return typeof licence === 'string' ? licence : undefined;
	} catch {
		return undefined;
	}
}
