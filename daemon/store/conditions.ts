/** A condition with a ? for each value it binds. Texts are constants: nothing that a person sent ever becomes SQL. */
export type Condition = readonly [sql: string, ...values: (string | number)[]];

export function given(sql: string, value: string | number | undefined): readonly Condition[] {
	return value === undefined ? [] : [[sql, value]];
}

/** By the id, the beginning of it, or the name. */
export function containerIs(container: string | undefined): readonly Condition[] {
	if (container === undefined) {
		return [];
	}

	// The prefix of an id: "g" comes after every hex digit.
	return /^[0-9a-f]{12,64}$/.test(container)
		? [['e.container >= ? AND e.container < ?', container, `${container}g`]]
		: [['e.name = ?', container]];
}

export function textOf(conditions: readonly Condition[]): string {
	return conditions.map(([sql]) => sql).join(' AND ');
}

export function valuesOf(conditions: readonly Condition[]): readonly (string | number)[] {
	return conditions.flatMap(([, ...values]) => values);
}
