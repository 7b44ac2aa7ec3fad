import {quoted} from '../../dockerfile/error.ts';
import {volumesOf} from '../port/volumes.ts';
import type {Rule} from '../rule.ts';
import {finalUser} from './final-user.ts';

export const noStatefulRoot: Rule = function* (subject) {
	// What is there for a moment is no data.
	const volume = volumesOf(subject).find(({path}) => !/^\/(?:var\/)?(?:tmp|run|cache)(?:\/|$)/.test(path));
	const {kind} = finalUser(subject);
	if (volume === undefined || kind === 'other') {
		return;
	}

	const place = {file: subject.file, line: volume.line};
	if (kind === 'unknown') {
		const message = `The image keeps data in ${quoted(volume.path)}; whether it runs as root, only a build can look up.`;
		yield {result: 'not-evaluated', message, place};
		return;
	}

	const message = `The image runs as root and keeps data in ${quoted(volume.path)}, so its files belong to root, on the host too: make the folder, give it to a user of its own with chown, and switch to that user.`;
	yield {result: 'fail', message, place};
};
