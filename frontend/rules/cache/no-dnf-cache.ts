import {rpmLeftover} from './rpm-cache.ts';

export const noDnfCache = rpmLeftover('dnf');
