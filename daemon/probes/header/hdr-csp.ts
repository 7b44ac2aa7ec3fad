import {valuesOf} from '../ask.ts';
import {cspFlaws} from './csp-flaws.ts';
import {isDocument} from './documents.ts';
import {metaOf} from './meta.ts';
import {ofPages} from './of-pages.ts';

export const hdrCsp = ofPages(
	page => {
		if (!isDocument(page)) {
			return undefined;
		}

		const policies = valuesOf(page.answer, 'content-security-policy');
		const flaws = cspFlaws(policies, metaOf(page).policies);
		const isReported = valuesOf(page.answer, 'content-security-policy-report-only').length > 0;
		return policies.length === 0 && isReported
			? flaws.map(flaw => `${flaw}; Report-Only stops nothing`)
			: flaws;
	},
	{
		passed:
			'sends a Content-Security-Policy with every document, which restricts script, plug-ins, <base> and framing',
		none: 'sends no document that could run script',
	},
);
