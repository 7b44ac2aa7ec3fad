import test from 'ava';
import fc from 'fast-check';
import {type Derivation, derivePlan} from '../../frontend/derive-plan.ts';
import {parseDockerfile} from '../../frontend/dockerfile/parse.ts';
import {stageOf} from '../../frontend/dockerfile/stages.ts';
import {FrontendError} from '../../frontend/error.ts';
import type {Engine} from '../../frontend/proxies/engine.ts';
import {proxies} from '../../frontend/proxies/index.ts';
import type {Plan} from '../../frontend/proxies/plan.ts';
import {readProject} from '../../frontend/read-project.ts';
import {anyProject} from '../helpers/any-project.ts';

const dockerfile = parseDockerfile(new TextEncoder().encode('FROM scratch\nENV PORT=3000\nEXPOSE 3000'));

/** Absent where the text is refused with one sentence and its place. */
function derive(text: string): Derivation | undefined {
	try {
		return derivePlan({
			dockerfile,
			target: stageOf(dockerfile, undefined),
			buildArgs: new Map(),
			images: new Map(),
			project: readProject(text, '.sallyport.yaml'),
			proxy: undefined,
		});
	} catch (error) {
		if (error instanceof FrontendError && /^\.sallyport\.yaml:\d+:\d+: [^\n]+$/.test(error.message)) {
			return undefined;
		}

		throw error;
	}
}

/** What a text of the project has opened or closed in the engine's own words. */
function strangeIn(engine: Engine, plan: Plan): readonly string[] {
	const files = proxies[engine].render(plan);
	const text = files.map(({content}) => content).join('\n');
	if (engine === 'traefik') {
		// `any-project.ts` calls a function of the template where it may not be one.
		return text.match(/\{\{ env \\?"X/g) ?? [];
	}

	const main = files.find(({path}) => path === proxies.nginx.config)?.content ?? '';
	const opened = main.match(/\{$/gm)?.length;
	const closed = main.match(/^\t*\}$/gm)?.length;
	return opened === closed ? [] : [`${opened} blocks open and ${closed} close`];
}

test('whatever a project says: a plan whose routes are in order and that renders, or one sentence with its place', t => {
	let plans = 0;
	fc.assert(
		fc.property(anyProject, text => {
			const {plan, engine, problems} = derive(text) ?? {problems: []};
			t.true(
				problems.every(({message, line}) => line > 0 && !message.includes('\n')),
				text,
			);
			if (plan === undefined || engine === undefined) {
				return;
			}

			plans += 1;
			const order = plan.routes.map(({match, path}) => (match === 'exact' ? 1000 : 0) + path.length);
			t.deepEqual(
				order,
				order.toSorted((a, b) => b - a),
			);
			t.deepEqual([plan.routes.at(-1)?.path, plan.routes.at(-1)?.match], ['/', 'prefix']);
			t.deepEqual(strangeIn(engine, plan), [], text);
		}),
		{numRuns: 400},
	);
	t.true(plans > 60, `${plans} of 400 are plans`);
});
