import {posix} from 'node:path';
import {ofProxy, unseen} from '../probe.ts';

/** What is kept must end with the container: a folder that outlives it would give a new release the old one's answers. */
export const cachePurgeOnDeploy = ofProxy(async ({engine, configPath}, subject) => {
	const text = await subject.inside.proxyConfig();
	if (text === undefined) {
		return [unseen(`${configPath} could not be read from the container`)];
	}

	const folders = engine === 'nginx' ? foldersIn(text) : [];
	if (folders.length === 0) {
		return [{result: 'not-applicable', message: 'The proxy that runs keeps no answers in files'}];
	}

	// A tmpfs is made anew with the container, and is no mount that has a source.
	const outliving = subject.target.mounts.filter(
		({source, destination}) => source !== '' && folders.some(folder => isWithin(folder, destination)),
	);
	const observed = {folders, mounts: outliving.map(({destination}) => destination).slice(0, 8)};
	return [
		outliving.length === 0
			? {
					result: 'pass',
					message: "What the proxy keeps lies in the container's own files and ends with it",
					observed,
				}
			: {
					result: 'fail',
					message: `What the proxy keeps lies in ${outliving[0]?.destination}, a mount that outlives the container; use a tmpfs`,
					observed,
				},
	];
});

const MOST = 16;

function foldersIn(text: string): readonly string[] {
	return [...text.matchAll(/^[ \t]*proxy_cache_path[ \t]+"?(\/[^\s";]{1,255})/gm)]
		.slice(0, MOST)
		.map(([, folder = '']) => folder);
}

function isWithin(folder: string, mount: string): boolean {
	const above = posix.normalize(`${mount}/`);
	return posix.normalize(`${folder}/`).startsWith(above);
}
