import type {FidelityCases} from './case.ts';
import {copy} from './copy.ts';
import {from} from './from.ts';
import {options} from './options.ts';
import {run} from './run.ts';
import {settings} from './settings.ts';
import {text} from './text.ts';

/** All cases, by what they are about. */
export const fidelityCases: Readonly<Record<string, FidelityCases>> = {
	from,
	run,
	copy,
	settings,
	text,
	options,
};
