type Tree = Readonly<Record<string, unknown>>;

/** A document with one value changed, by its path; `undefined` takes it out. */
export function changed(document: unknown, [first, ...rest]: readonly string[], value: unknown): unknown {
	if (first === undefined) {
		return value;
	}

	if (Array.isArray(document)) {
		return document.map((each, index) => (String(index) === first ? changed(each, rest, value) : each));
	}

	const tree = (document ?? {}) as Tree;
	const {[first]: before, ...others} = tree;
	const after = changed(before, rest, value);
	return after === undefined ? others : {...others, [first]: after};
}
