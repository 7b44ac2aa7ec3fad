import {parse} from 'yaml';
import type {ImageFacts, Known, Params} from '../../frontend/rules/rule.ts';
import type {Held} from '../../frontend/rules/secret/file-contents.ts';

/** What an example says is known beside its Dockerfile. */
export interface Given {
	readonly images?: Readonly<Record<string, ImageFacts>>;
	readonly buildArgs?: Readonly<Record<string, string>>;
	readonly contexts?: readonly string[];
	readonly contextFiles?: readonly string[];
	/** What was found in files of the context, by path. */
	readonly held?: Readonly<Record<string, Held>>;
	/** Texts of manifests, by path. */
	readonly manifests?: Readonly<Record<string, string>>;
	readonly project?: Readonly<Record<string, unknown>>;
	readonly target?: string;
	/** The rule's own part of the bundle. */
	readonly params?: Params;
	/** Anything else that is known, as it stands in `Known`. */
	readonly known?: Partial<Known>;
	readonly tier?: string;
	readonly result?: string;
	readonly fixed?: string;
	/** The parser refuses the file, and the refusal counts as this rule's finding. */
	readonly refused?: boolean;
}

export interface Example {
	readonly title: string;
	readonly given: Given;
	readonly dockerfile: string;
	/** The whole text after the repair. */
	readonly repaired: string | undefined;
	/** The whole text as a build repairs it, where no line may move. */
	readonly built: string | undefined;
	readonly marks: readonly {readonly file: string; readonly line: number}[];
}

const EXAMPLE =
	/(?<title>[^\n]+)\n\n(?:```yaml\n(?<given>[\s\S]*?)```\n)?```dockerfile\n(?<dockerfile>[\s\S]*?)```(?:\n```dockerfile repaired\n(?<repaired>[\s\S]*?)```)?(?:\n```dockerfile built\n(?<built>[\s\S]*?)```)?/g;

/** The examples under a heading of a rule's page. */
export function examplesIn(page: string, heading: string): readonly Example[] {
	const section = page.split(/^## /m).find(part => part.startsWith(`${heading}\n`)) ?? '';
	return Array.from(section.matchAll(EXAMPLE), ({groups}) => {
		const dockerfile = groups?.['dockerfile'] ?? '';
		const marks = dockerfile.matchAll(/^# \^ (?:(\S+) )?line (\d+)$/gm);
		return {
			title: groups?.['title'] ?? '',
			given: (parse(groups?.['given'] ?? '{}') ?? {}) as Given,
			dockerfile,
			repaired: groups?.['repaired'],
			built: groups?.['built'],
			marks: Array.from(marks, ([, file = 'Dockerfile', line]) => ({file, line: Number(line)})),
		};
	});
}
