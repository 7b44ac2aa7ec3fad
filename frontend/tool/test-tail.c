#include "test.h"

// The line that is being written; after a line's end the next byte begins another one.
static char *line_of(struct tail *tail) {
	return tail->lines[tail->count % TAIL_LINES];
}

static void end_line(struct tail *tail) {
	if (tail->width > 0) {
		line_of(tail)[tail->width] = '\0';
		tail->count += 1;
		tail->width = 0;
	}
}

void tail_take(struct tail *tail, const char *bytes, size_t length) {
	for (size_t at = 0; at < length; at += 1) {
		unsigned char byte = (unsigned char)bytes[at];
		if (byte == '\n' || byte == '\r') {
			end_line(tail);
		} else if (tail->width < TAIL_WIDTH) {
			line_of(tail)[tail->width] = byte >= ' ' && byte < 0x7f ? (char)byte : byte == '\t' ? ' ' : '?';
			tail->width += 1;
		}
	}
}

void tail_print(const struct tail *tail, FILE *to, const char *before) {
	struct tail whole = *tail;
	end_line(&whole);
	size_t first = whole.count > TAIL_LINES ? whole.count - TAIL_LINES : 0;
	for (size_t at = first; at < whole.count; at += 1) {
		fprintf(to, "%s%s\n", before, whole.lines[at % TAIL_LINES]);
	}
}
