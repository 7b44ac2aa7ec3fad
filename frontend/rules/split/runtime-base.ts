import {isApproved} from '../base/approved-base.ts';
import type {Candidate} from './split.ts';

/** Debian's releases by which official images call their variants, the newest first. */
const DEBIAN = /(?:^|-)(trixie|bookworm|bullseye|buster)(?:-|$)/;
const ALPINE = /(?:^|-)alpine(\d+\.\d+)?(?:-|$)/;
/**
 * State: November 2026. What an unnamed variant is made from changes over time; a program that was linked against an older libc runs
 * on a newer one, so the newest that is in use is named.
 */
const NEWEST = {debian: ['trixie', 'bookworm'], alpine: ['3.23', '3.22']} as const;

/** Whether programs that are built there ask for Alpine's libc. */
export function isOnAlpine({image}: Candidate): boolean {
	return image.name === 'alpine' || ALPINE.test(image.tag);
}

/** The small image of the same system and release, the likeliest first. */
export function systemImages({image: {tag}}: Candidate): readonly string[] {
	const [, alpine] = ALPINE.exec(tag) ?? [];
	if (ALPINE.test(tag)) {
		return (alpine === undefined ? NEWEST.alpine : [alpine]).map(version => `alpine:${version}`);
	}

	const [, release] = DEBIAN.exec(tag) ?? [];
	return (release === undefined ? NEWEST.debian : [release]).map(name => `debian:${name}-slim`);
}

/** Certificates, time zones and the names of users, and nothing that runs. */
export const STATIC_IMAGES: readonly string[] = ['gcr.io/distroless/static-debian12:latest'];

/** The first of these that is approved, and that the builder has not called unknown. */
export function firstKnown(refs: readonly string[], {subject}: Candidate): string | undefined {
	const {unresolved = [], policy} = subject;
	const approved = policy?.approvedBases ?? [];
	const allowed = approved.length === 0 ? refs : refs.filter(ref => isApproved(ref, approved));
	// Where none is known the finding says so, with the one that would be best.
	return allowed.find(ref => !unresolved.includes(ref)) ?? allowed.at(-1);
}
