import {type SecretFile, secretMounts} from '../../docker/secret-files.ts';
import {type Probe, unseen} from '../probe.ts';

/** The owner may do what he likes, his group may read, and nobody else may anything. */
const TOO_MUCH = 0o037;

export const secretMountPermissions: Probe = async ({target, inside}) => {
	const mounts = secretMounts(target);
	if (mounts.length === 0) {
		return [{result: 'not-applicable', message: 'No secret is mounted', observed: {mounts: 0}}];
	}

	const declared = mounts
		.slice(0, 16)
		.map(({destination, type, writable}) => ({destination, type, writable}));
	const seen = await inside.secrets();
	if (!seen.seen) {
		return [unseen(`The files of mounted secrets could not be seen: ${seen.reason}`, {declared})];
	}

	if (seen.items.length === 0) {
		return [unseen('Secrets are mounted, but no file of them could be seen', {declared})];
	}

	const bad = seen.items.find(file => wrongWith(file) !== undefined);
	const effective = seen.items.slice(0, 16).map(({path, mode, uid, readOnly, kind}) => {
		return {path, mode: `0${mode.toString(8)}`, uid, readOnly, kind};
	});
	return [
		bad === undefined
			? {
					result: 'pass',
					message: 'Every mounted secret is read-only and closed to others',
					observed: {declared, effective},
				}
			: {
					result: 'fail',
					message: `The secret ${JSON.stringify(bad.path)} ${wrongWith(bad)}; set its mode to 0400 or 0440, and mount it read-only`,
					observed: {declared, effective},
				},
	];
};

function wrongWith({mode, readOnly}: SecretFile): string | undefined {
	if ((mode & TOO_MUCH) !== 0) {
		return `has the mode 0${mode.toString(8)}, so that others than its owner may ${mode & 0o022 ? 'write' : 'read'} it`;
	}

	return readOnly ? undefined : 'is mounted so that the container can change it';
}
