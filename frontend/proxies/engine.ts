/** The engines that a plan can be made for; `index.ts` has those that this version brings. */
export const engines = ['nginx', 'traefik'] as const;

export type Engine = (typeof engines)[number];
