import type {RuleIdIn} from '../../../policies/rules/index.ts';
import type {Rule} from '../rule.ts';
import {describedArguments} from './described-arguments.ts';
import {knownLabels} from './known-labels.ts';
import {labelEmail} from './label-email.ts';
import {labelKey} from './label-key.ts';
import {labelLicence} from './label-licence.ts';
import {labelRevision} from './label-revision.ts';
import {labelTime} from './label-time.ts';
import {labelUrl} from './label-url.ts';
import {labelVersion} from './label-version.ts';
import {noEmptyLabel} from './no-empty-label.ts';
import {noMaintainer} from './no-maintainer.ts';
import {requiredLabels} from './required-labels.ts';
import {uniqueLabels} from './unique-labels.ts';

export const labelRules: Readonly<Record<RuleIdIn<'label'>, Rule>> = {
	'required-labels': requiredLabels,
	'known-labels': knownLabels,
	'no-empty-label': noEmptyLabel,
	'label-url': labelUrl,
	'label-time': labelTime,
	'label-licence': labelLicence,
	'label-revision': labelRevision,
	'label-version': labelVersion,
	'label-email': labelEmail,
	'label-key': labelKey,
	'unique-labels': uniqueLabels,
	'no-maintainer': noMaintainer,
	'described-arguments': describedArguments,
};
