import test from 'ava';
import {proxyLayer} from '../frontend/llb/proxy-layer.ts';
import {nginx} from '../frontend/proxies/nginx.ts';
import type {Plan} from '../frontend/proxies/plan.ts';
import {decode} from '../proto/buildkit/codec.ts';
import {definition, op} from '../proto/buildkit/ops.ts';
import {PROVEN} from './helpers/guarded.ts';
import {plan} from './helpers/plan.ts';

// What of the proxy's image gets into the layer of an application.

function removedBy(rendered: Plan): readonly (string | undefined)[] {
	const encoder = new TextEncoder();
	const files = nginx
		.render(rendered)
		.map(({path, mode, content}) => ({path, mode, data: encoder.encode(content)}));
	const platform = {os: 'linux', architecture: 'amd64'};
	const {def = []} = decode(definition, proxyLayer({ref: 'proxy:1', platform}, files, 'default'));
	return def.flatMap(vertex =>
		(decode(op, vertex).file?.actions ?? []).flatMap(({rm}) => (rm === undefined ? [] : [rm.path])),
	);
}

test('what runs scripts is left out of the layer unless the plan has a script', t => {
	t.deepEqual(removedBy(plan), ['/opt/sallyport/njs']);
	t.deepEqual(removedBy(PROVEN), []);
	t.deepEqual(removedBy({...plan, listeners: {...plan.listeners, metrics: 9100}}), []);
});
