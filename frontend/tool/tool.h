// The program that the build gate runs inside a build: it knows no libc, no shell and no file of the image it works on.
#ifndef SALLYPORT_TOOL_H
#define SALLYPORT_TOOL_H

// Each command gets its own words, its name first, and returns the exit code: 0 fine, 1 found something that stops, 64 wrong usage,
// 74 could not read or write.
enum { FINE = 0, STOPPED = 1, USAGE = 64, IO = 74 };

int run_closure(int argc, char **argv);
int run_harden(int argc, char **argv);
int run_inspect(int argc, char **argv);

#endif
