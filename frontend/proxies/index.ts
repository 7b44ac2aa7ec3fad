import type {Engine} from './engine.ts';
import {nginx} from './nginx.ts';
import type {Renderer} from './plan.ts';
import {traefik} from './traefik.ts';

/** Every engine a plan can be rendered for. The key is what users write, and what the contract names. */
export const proxies = {nginx, traefik} as const satisfies Record<Engine, Renderer>;
