/**
 * Text that somebody else chose, fit for a message: no control or format characters, no half characters, and not long. What a
 * channel's own syntax makes of the rest, the channel escapes.
 */
export function plain(text: string, max = 300): string {
	// Cut before looking at each character: it may be very long.
	const cut = text.slice(0, max).toWellFormed();
	const clean = cut.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\uFFFD');
	return text.length > max ? `${clean}…` : clean;
}
