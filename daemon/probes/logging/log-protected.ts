import type {LogFile} from '../../docker/log-file.ts';
import type {Target} from '../../docker/target.ts';
import {type Probe, unseen} from '../probe.ts';

export const logProtected: Probe = async ({target, inside}) => {
	const {driver, path} = target.settings.log;
	const declared = {driver, path};
	const exposed = mountOver(target);
	if (exposed !== undefined) {
		const message = `The folder of logs is mounted into the container as ${JSON.stringify(exposed)} and can be written there; take the mount out`;
		return [{result: 'fail', message, observed: {declared}}];
	}

	if (driver === 'none') {
		return [
			{
				result: 'fail',
				message: 'There are no logs to protect; start with --log-driver=local',
				observed: {declared},
			},
		];
	}

	if (path === '') {
		const message = `Logs go to ${driver || 'nowhere'}, and no adapter is configured that could ask who may change them there`;
		return [unseen(message, {declared})];
	}

	const file = await inside.logFile();
	if (file === undefined) {
		return [
			unseen(
				"The file of logs could not be seen: it lies on the engine's host, where this daemon has no view of it",
				{declared},
			),
		];
	}

	const wrong = wrongWith(file);
	const observed = {
		declared,
		effective: {...file, mode: octal(file.mode), folderMode: octal(file.folderMode)},
	};
	return [
		wrong === undefined
			? {result: 'pass', message: 'Only root of the host can change the logs', observed}
			: {result: 'fail', message: `The file of logs ${wrong}; set it to 0640 and root`, observed},
	];
};

/** Where the container sees the engine's folder of logs, or one above it, and may write. */
function mountOver({mounts, settings}: Target): string | undefined {
	const folders = [settings.log.path, '/var/lib/docker/containers/x'].filter(each => each !== '');
	return mounts.find(
		({type, source, writable}) =>
			type === 'bind' &&
			writable &&
			folders.some(folder => folder === source || folder.startsWith(`${source.replace(/\/+$/, '')}/`)),
	)?.destination;
}

function wrongWith({mode, uid, folderMode, folderUid}: LogFile): string | undefined {
	if (uid !== 0 || folderUid !== 0) {
		return `belongs to user ${uid === 0 ? folderUid : uid}`;
	}

	if ((mode & 0o137) !== 0) {
		return `has the mode ${octal(mode)}`;
	}

	return (folderMode & 0o022) === 0 ? undefined : `lies in a folder of mode ${octal(folderMode)}`;
}

function octal(mode: number): string {
	return `0${mode.toString(8)}`;
}
