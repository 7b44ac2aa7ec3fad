/** Answers each question once: an enemy's script has many commands that all ask the same of it. */
export function remembered<Key extends object, Value>(make: (key: Key) => Value): (key: Key) => Value {
	const made = new Map<Key, {readonly value: Value}>();
	return key => {
		const known = made.get(key) ?? {value: make(key)};
		made.set(key, known);
		return known.value;
	};
}
