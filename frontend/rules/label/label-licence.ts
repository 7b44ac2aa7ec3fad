import {quoted} from '../../dockerfile/error.ts';
import type {Rule} from '../rule.ts';
import {keysIn, valuedLabels} from './labels.ts';

const KEYS = ['org.opencontainers.image.licenses'];

// What people write, and what they mean.
const meant: Readonly<Record<string, string>> = {
	apache: 'Apache-2.0',
	apache2: 'Apache-2.0',
	'apache-2': 'Apache-2.0',
	apachev2: 'Apache-2.0',
	'apache2.0': 'Apache-2.0',
	asl: 'Apache-2.0',
	bsd: 'BSD-3-Clause, BSD-2-Clause',
	commercial: 'LicenseRef-<name>',
	gpl: 'GPL-3.0-only, GPL-2.0-or-later',
	gplv2: 'GPL-2.0-only, GPL-2.0-or-later',
	gplv3: 'GPL-3.0-only, GPL-3.0-or-later',
	lgpl: 'LGPL-3.0-only, LGPL-2.1-or-later',
	lgplv3: 'LGPL-3.0-only, LGPL-3.0-or-later',
	agpl: 'AGPL-3.0-only, AGPL-3.0-or-later',
	agplv3: 'AGPL-3.0-only, AGPL-3.0-or-later',
	mpl: 'MPL-2.0',
	mplv2: 'MPL-2.0',
	proprietary: 'LicenseRef-<name>',
	unlicensed: 'LicenseRef-<name>',
};

/** The form is looked at, and names that many write in place of the right ones; the list of licences is SPDX's and grows. */
export const labelLicence: Rule = function* (subject, params) {
	for (const {key, value, line} of valuedLabels(subject, keysIn(params, KEYS))) {
		const wrong = wrongIn(value);
		if (wrong !== undefined) {
			const instead = Object.hasOwn(meant, wrong.toLowerCase())
				? meant[wrong.toLowerCase()]
				: 'Apache-2.0 or MIT OR BSD-3-Clause';
			yield {
				result: 'fail',
				message: `The label ${quoted(key)} is to name licences as SPDX does, and ${quoted(wrong)} is no such name: write, for example, ${instead}.`,
				place: {file: subject.file, line},
			};
		}
	}
};

const OPERATOR = /^(?:AND|OR|WITH)$/;

/** The part of the expression that cannot be right. */
function wrongIn(value: string): string | undefined {
	const words = value
		.replaceAll(/[()]/g, ' ')
		.split(' ')
		.filter(word => word !== '');
	const odd = words.find(
		(word, index) =>
			(index % 2 === 1) !== OPERATOR.test(word) ||
			!/^[A-Za-z0-9][A-Za-z0-9.+:-]*$/.test(word) ||
			Object.hasOwn(meant, word.toLowerCase()),
	);
	// `Apache License 2.0`: the whole is what is wrong, not its second word.
	return odd === undefined && words.length % 2 === 1 ? undefined : words.length > 1 ? value : (odd ?? value);
}
