// One line of JSON on standard output. Names come from the image: whatever is no plain ASCII is written as \u escape of its byte.
#ifndef SALLYPORT_JSON_H
#define SALLYPORT_JSON_H

#include <stdbool.h>

// A separator is written where one is needed; `key` is NULL inside a list.
void json_open(const char *key, char bracket);
void json_close(char bracket);
void json_text(const char *key, const char *value);
void json_number(const char *key, unsigned long long value);
void json_bool(const char *key, bool value);
// False when standard output could not take it all.
bool json_end(void);

#endif
