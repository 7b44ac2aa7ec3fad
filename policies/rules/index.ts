import {baseRules} from './base.ts';
import {cacheRules} from './cache.ts';
import {downloadRules} from './download.ts';
import {governRules} from './govern.ts';
import {labelRules} from './label.ts';
import {languageRules} from './language.ts';
import {layerRules} from './layer.ts';
import {lifeRules} from './life.ts';
import type {RuleMeta} from './meta.ts';
import {packageRules} from './package.ts';
import {portRules} from './port.ts';
import {secretRules} from './secret.ts';
import {shellRules} from './shell.ts';
import {syntaxRules} from './syntax.ts';
import {trustRules} from './trust.ts';
import {userRules} from './user.ts';

/** Every rule by the folder it lives in; the registry of `frontend/rules` is a map over each. */
export const ruleFolders = {
	base: baseRules,
	user: userRules,
	secret: secretRules,
	package: packageRules,
	cache: cacheRules,
	trust: trustRules,
	download: downloadRules,
	shell: shellRules,
	layer: layerRules,
	label: labelRules,
	life: lifeRules,
	port: portRules,
	syntax: syntaxRules,
	language: languageRules,
	govern: governRules,
} as const satisfies Readonly<Record<string, Readonly<Record<string, RuleMeta>>>>;

export type RuleFolder = keyof typeof ruleFolders;
export type RuleIdIn<Folder extends RuleFolder> = keyof (typeof ruleFolders)[Folder] & string;
export type RuleId = {[Folder in RuleFolder]: RuleIdIn<Folder>}[RuleFolder];

/** Every rule this version knows. Ids are never reused or renamed: ignores, waivers and bundles name them. */
export const ruleCatalogue: Readonly<Record<RuleId, RuleMeta>> = {
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

/** True for a string that names a rule; own properties only, so `constructor` is not one. */
export function isRuleId(id: string): id is RuleId {
	return Object.hasOwn(ruleCatalogue, id);
}
