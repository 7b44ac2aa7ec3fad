import type {Subject} from './rule.ts';

/**
 * What several rules derive from a subject in the same way is derived once for each subject, when the first of them asks.
 * The subject itself keeps it, so it goes when the subject goes.
 */
export function derived<T>(make: (subject: Subject) => T): (subject: Subject) => T {
	return subject => {
		const known = subject.derived.get(make);
		if (known !== undefined) {
			return known.value as T; // Only this function puts something under `make`.
		}

		const value = make(subject);
		subject.derived.set(make, {value});
		return value;
	};
}
