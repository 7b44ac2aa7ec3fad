import type {PeopleView} from '../../host/people.ts';

/** Nobody is reached, and what was to be contained was not. */
export const worstPeople: PeopleView = {
	channels: () => ['nobody'],
	tests: async () => [],
	mayContain: false,
	order: () => 'it is not approved: it is bad on purpose',
	containments: async () => [],
};
