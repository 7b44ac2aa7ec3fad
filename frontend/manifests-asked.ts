import type {Bundle} from '../policies/bundle.ts';
import type {RuleId} from '../policies/rules/index.ts';

/** Rules whose repair depends on what the application is made of. A build that makes none of them reads no manifest. */
const byManifests: readonly RuleId[] = ['split-build', 'manifests-first', 'slim-final-base'];

/** Whether a bundle makes one of them. */
export function asksForManifests({rules}: Bundle): boolean {
	return byManifests.some(id => rules[id].level !== 'off' && rules[id].fix === 'auto');
}
