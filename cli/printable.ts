/** Text from outside as it may go to a terminal: no escapes, no line breaks, nothing that turns the writing around. */
export function printable(text: string): string {
	return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\uFFFD');
}
