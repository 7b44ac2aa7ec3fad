/** The engines that a plan can be made for; `index.ts` has those that this version brings. */
export const engines = ['nginx', 'traefik'] as const;

export type Engine = (typeof engines)[number];

/** Of what was chosen, the engine that is asked about where one may be needed. */
export function engineOf(chosen: Engine | 'none' | undefined): Engine {
	return chosen === undefined || chosen === 'none' ? 'nginx' : chosen;
}
