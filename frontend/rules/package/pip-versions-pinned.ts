import {optionValue} from '../../shell/options.ts';
import {isMovingForPip} from './moving-git.ts';
import {pinnedBy} from './pinned.ts';
import {environmentOf} from './variables.ts';

export const pipVersionsPinned = pinnedBy({
	managers: ['pip', 'uv'],
	verbs: ['install', 'pip install'],
	// An upper bound is a choice as well; `>=` alone is none. A folder or an archive is the author's own.
	isOpen: word => !/==|~=|<|@|\/|\.(?:whl|gz|zip|txt|toml)$|^-/.test(word),
	decidedBy: ['c', 'constraint', 'constraints', 'require-hashes', 'no-index'],
	decidedFrom: subject => {
		const env = environmentOf(subject);
		return ({command}) =>
			optionValue(command, 'exclude-newer') !== undefined ||
			['PIP_CONSTRAINT', 'UV_CONSTRAINT'].some(name => env(command, name) !== undefined);
	},
	git: {isMoving: isMovingForPip, sign: '@'},
	write: name => `${name.replace(/[>!].*/, '')}==VERSION, or list them in a file with hashes`,
});
