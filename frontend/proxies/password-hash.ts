/**
 * sha512-crypt, of at most 9999 rounds: each request with a password costs the worker one check of so many, and all others wait for
 * it.
 */
export const PASSWORD_HASH = /^\$6\$(?:rounds=[1-9]\d{3}\$)?[./0-9A-Za-z]{1,16}\$[./0-9A-Za-z]{86}$/;
