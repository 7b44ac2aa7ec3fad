import type {ControlIdAt} from '../../policies/catalogue.ts';
import {baseDigestPinned} from './base-digest-pinned.ts';
import {baseNoMutableTag} from './base-no-mutable-tag.ts';
import {govWaiversValid} from './gov-waivers-valid.ts';
import {healthCheckDefined} from './health-check-defined.ts';
import {imageUserNonRoot} from './image-user-non-root.ts';
import {logAccessComplete} from './log-access-complete.ts';
import {proxyConfigValid} from './proxy-config-valid.ts';
import type {Rule} from './rule.ts';
import {secretNoEnv} from './secret-no-env.ts';
import {secretNoFileInLayer} from './secret-no-file-in-layer.ts';

/** Every control that is judged at build. The compiler refuses this map while a rule of the catalogue is missing from it. */
export const rules: Readonly<Record<ControlIdAt<'build'>, Rule>> = {
	'base-digest-pinned': baseDigestPinned,
	'base-no-mutable-tag': baseNoMutableTag,
	'secret-no-env': secretNoEnv,
	'secret-no-file-in-layer': secretNoFileInLayer,
	'image-user-non-root': imageUserNonRoot,
	'proxy-config-valid': proxyConfigValid,
	'health-check-defined': healthCheckDefined,
	'log-access-complete': logAccessComplete,
	'gov-waivers-valid': govWaiversValid,
};
