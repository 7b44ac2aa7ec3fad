import type {RuleId} from '../../policies/rules/index.ts';
import {baseRules} from './base/index.ts';
import {cacheRules} from './cache/index.ts';
import {downloadRules} from './download/index.ts';
import {governRules} from './govern/index.ts';
import {labelRules} from './label/index.ts';
import {languageRules} from './language/index.ts';
import {layerRules} from './layer/index.ts';
import {lifeRules} from './life/index.ts';
import {packageRules} from './package/index.ts';
import {portRules} from './port/index.ts';
import type {Rule} from './rule.ts';
import {secretRules} from './secret/index.ts';
import {shellRules} from './shell/index.ts';
import {syntaxRules} from './syntax/index.ts';
import {trustRules} from './trust/index.ts';
import {userRules} from './user/index.ts';

/** Every rule. The compiler refuses a folder's map while a rule of the catalogue is missing from it. */
export const rules: Readonly<Partial<Record<RuleId, Rule>>> = {
	...baseRules,
	...userRules,
	...secretRules,
	...packageRules,
	...cacheRules,
	...trustRules,
	...downloadRules,
	...shellRules,
	...layerRules,
	...labelRules,
	...lifeRules,
	...portRules,
	...syntaxRules,
	...languageRules,
	...governRules,
};
