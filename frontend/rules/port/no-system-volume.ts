import {quoted} from '../../dockerfile/error.ts';
import type {Rule} from '../rule.ts';
import {resolvePath} from '../secret/paths.ts';
import {volumesOf} from './volumes.ts';

/** What the kernel keeps there is not the image's to have, nor anything below it. */
const KERNEL = /^\/(?:proc|sys|dev)(?:\/|$)/;
/** What the system lives in: a volume over it hides the programs and settings of the image. */
const SYSTEM = /^\/(?:|etc|bin|sbin|lib|lib64|usr|usr\/bin|usr\/sbin|usr\/lib|boot|var)$/;
const DOCKER = /^\/(?:var\/)?run\/docker\.sock$/;

export const noSystemVolume: Rule = function* (subject) {
	const {file, steps, roleOf} = subject;
	for (const {path, line} of volumesOf(subject)) {
		if (KERNEL.test(path) || SYSTEM.test(path) || DOCKER.test(path)) {
			const message = `VOLUME ${quoted(path)} puts a volume over a folder of the system, so the container loses what the image has there, or gets what is the host's: keep data in a folder of its own, such as /var/lib/app.`;
			yield {result: 'fail', message, place: {file, line}};
		}
	}

	for (const {instruction, stage, expand} of steps) {
		const path = instruction.keyword === 'WORKDIR' ? expand(instruction.args)?.trim() : undefined;
		if (path !== undefined && roleOf(stage) === 'final' && KERNEL.test(resolvePath('/', path))) {
			const message = `WORKDIR ${quoted(path)} is a folder that the kernel fills when the container starts, so what the build puts there is gone: use a folder of the application's own, such as /app.`;
			yield {result: 'fail', message, place: {file, line: instruction.line}};
		}
	}
};
