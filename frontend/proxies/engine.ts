/** The engines that a plan can be made for; `index.ts` has those that this version brings. */
export const engines = ['nginx', 'traefik'] as const;

export type Engine = (typeof engines)[number];

/** Of what was asked for and what is stated, the engine that may be needed. */
export function engineOf(asked: Engine | 'none' | undefined, stated: Engine | 'none' | undefined): Engine {
	const chosen = asked ?? stated;
	return chosen === undefined || chosen === 'none' ? 'nginx' : chosen;
}
