import {type RuleId, ruleCatalogue} from './index.ts';

/** Finds rules by any of their names: ours, or what another tool calls them. One name may mean several rules. */
export interface RuleNames {
	rulesNamed(name: string): readonly string[];
	/** Rules that stand for any of BuildKit's own checks: what `# check=skip=all` is about. */
	readonly ofBuildKit: readonly RuleId[];
}

// BuildKit's checks are the only ones with names such as `FromAsCasing`.
const BUILDKIT = /^(?:[A-Z][a-z]+){2,}$/;

/** Reads the catalogue once; make it once for many names. */
export function ruleNames(): RuleNames {
	const known = Object.entries(ruleCatalogue).flatMap(([id, {aliases = []}]) =>
		[id, ...aliases].map(name => ({id: id as RuleId, name: plain(name)})),
	);
	const byName = Map.groupBy(known, ({name}) => name);
	const idsOf = (name: string): readonly RuleId[] => byName.get(name)?.map(({id}) => id) ?? [];
	const ofBuildKit = Object.entries(ruleCatalogue)
		.filter(([, {aliases = []}]) => aliases.some(alias => BUILDKIT.test(alias)))
		.map(([id]) => id as RuleId);
	return {
		ofBuildKit,
		rulesNamed: written => {
			const name = plain(written);
			const found = idsOf(name);
			// An organisation's own rules are called by their ids, whichever there are.
			if (name.startsWith('x-')) {
				return [name];
			}

			// ShellCheck's findings are one rule here; some of them have rules of their own beside it.
			return found.length === 0 && /^sc[1-3]\d{3}$/.test(name) ? ['sound-shell'] : found;
		},
	};
}

/** Upper and lower case are the same, and so are the three ways in which Trivy has written its ids. */
function plain(name: string): string {
	const lower = name.toLowerCase().replace(/^avd-/, '');
	return /^ds\d{3}$/.test(lower) ? `ds-0${lower.slice(2)}` : lower;
}
