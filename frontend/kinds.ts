import type {Level} from '../policies/setting.ts';
import type {Style} from './paint.ts';

/** How people are shown what became of a finding, wherever they are shown it. */
export interface Kind {
	readonly mark: string;
	readonly word: string;
	readonly style: Style;
}

/** A failure goes by the level of its finding. */
export const failures: Readonly<Record<Exclude<Level, 'off'>, Kind>> = {
	error: {mark: '✖', word: 'error', style: 'red'},
	warn: {mark: '▲', word: 'warning', style: 'yellow'},
	info: {mark: '●', word: 'info', style: 'cyan'},
};

export const broken: Kind = {mark: '✖', word: 'broken', style: 'red'};
export const fixed: Kind = {mark: '✔', word: 'fixed', style: 'green'};
export const waived: Kind = {mark: '~', word: 'waived', style: 'cyan'};
