import {quoted} from '../../dockerfile/error.ts';
import type {Rule} from '../rule.ts';
import {keysIn, valuedLabels} from './labels.ts';
import {replaced} from './replaced.ts';

const KEYS = ['org.opencontainers.image.created', 'org.label-schema.build-date'];
const RFC3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)$/;

export const labelTime: Rule = function* (subject, params) {
	for (const label of valuedLabels(subject, keysIn(params, KEYS))) {
		const {key, value, line} = label;
		if (!isTime(value)) {
			const time = timeOf(value);
			yield {
				result: 'fail',
				message: `The label ${quoted(key)} is to be a time, and ${quoted(value)} is not written as RFC 3339 has it: write it as in 2026-01-31T09:00:00Z.`,
				place: {file: subject.file, line},
				...(time === undefined ? {} : replaced(label, time, `written as ${time}`)),
			};
		}
	}
};

function isTime(value: string): boolean {
	return RFC3339.test(value) && !Number.isNaN(Date.parse(value)) && isDay(value.slice(0, 10));
}

/** 30 February is read as a day in March. */
function isDay(day: string): boolean {
	return new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
}

/** The same time, where it leaves nothing to guess: a day, a time with its zone, or seconds since 1970. */
function timeOf(value: string): string | undefined {
	if (/^\d{9,10}$/.test(value)) {
		return new Date(Number(value) * 1000).toISOString().replace('.000', '');
	}

	const [, day = '', clock = '', zone = ''] =
		/^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d:\d\d) ?(Z|UTC|[+-]\d\d:?\d\d))?$/.exec(value) ?? [];
	const offset = zone === 'UTC' || zone === '' ? 'Z' : zone.replace(/^([+-]\d\d):?(\d\d)$/, '$1:$2');
	const time = `${day}T${clock === '' ? '00:00:00' : clock}${offset}`;
	return isTime(time) ? time : undefined;
}
