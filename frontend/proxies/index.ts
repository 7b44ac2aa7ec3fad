import {nginx} from './nginx.ts';
import type {Renderer} from './plan.ts';

/** Every engine a plan can be rendered for. The key is what users write, and what the contract names. */
export const proxies = {nginx} as const satisfies Record<string, Renderer>;
