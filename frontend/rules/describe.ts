import {type ControlId, catalogue} from '../../policies/catalogue.ts';
import {isRuleId, ruleCatalogue} from '../../policies/rules/index.ts';

export interface Description {
	readonly title: string;
	/** Where its page can be read. */
	readonly url: string;
}

/** What a rule says, for tools that show more than a message; an organisation's own rules have no page with us. */
export function describe(rule: string): Description {
	const title = isRuleId(rule) ? ruleCatalogue[rule].title : rule;
	return {title, url: isRuleId(rule) ? `https://sallyport.dev/rules/${rule}` : 'https://sallyport.dev/rules'};
}

/** `control, supports CC8.1`: what a finding is evidence for; nothing for a rule that feeds no control. */
export function supportOf(control: ControlId | undefined): string {
	return control === undefined ? '' : `${control}, supports ${catalogue[control].criteria.join(', ')}`;
}
