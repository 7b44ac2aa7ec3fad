import {rpmLeftover} from './rpm-cache.ts';

export const noYumCache = rpmLeftover('yum');
