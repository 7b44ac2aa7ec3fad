import {hasOption} from '../../shell/options.ts';
import {failAt} from '../package/finding.ts';
import type {Rule} from '../rule.ts';
import {finalImage, isSetFinally, startsOf} from './starts.ts';

const VARIABLE = 'PYTHONUNBUFFERED=1';

export const pythonRuntime: Rule = function* (subject) {
	const python = startsOf(subject).find(({name}) =>
		/^(?:python[\d.]*|gunicorn|uvicorn|flask|celery)$/.test(name),
	);
	const isAsked = finalImage(subject)?.name === 'python' && python !== undefined;
	if (isAsked && !hasOption(python, 'u') && !isSetFinally(subject, 'PYTHONUNBUFFERED')) {
		const message = `Python keeps back what it prints when nobody is at a terminal, so the last lines before a crash are lost: write ENV ${VARIABLE}.`;
		yield failAt(subject, python, message, {title: VARIABLE, append: [`ENV ${VARIABLE}`]});
	}
};
