import {onCanary, readEcho, statusesIn} from '../canary.ts';

/** An answer that ends before its length must not look whole; and the hop behind the proxy has to know where answers end. */
export const respIntegrity = onCanary(async (canary, _proxy, {ask, rude}, signal) => {
	const whole = await ask(canary.endpoint, {path: canary.path('echo')}, signal);
	const echo = readEcho(whole.body);
	const text = canary.request('cut', {lines: ['Connection: close']});
	const {text: heard, closed} = await rude.say(
		canary.endpoint,
		{pieces: [{text}], quietMs: 1500, mostMs: 3000},
		signal,
	);
	const status = statusesIn(heard)[0] ?? 0;
	const observed = {status, closed, behind: echo?.protocol ?? ''};
	const looksWhole = status >= 200 && status < 400 && isWhole(heard);
	const wrong = [
		...(echo === undefined ? ['the canary is not answered as it should be'] : []),
		...(looksWhole ? ['an answer that was cut off behind the proxy is given out as a whole one'] : []),
		// HTTP/1.0 has no chunks: an answer without a length ends where the connection does, whoever ended it.
		...(echo !== undefined && echo.protocol === 'HTTP/1.0'
			? ['the hop behind the proxy speaks HTTP/1.0']
			: []),
	];
	return [
		wrong.length === 0
			? {result: 'pass', message: 'An answer that was cut off behind the proxy shows as such', observed}
			: {result: 'fail', message: `Of answers: ${wrong.join('; ')}`, observed},
	];
});

/** Whether a client would take it for all there is: as long as it says, or ended by a last chunk, or without either. */
function isWhole(heard: string): boolean {
	const end = heard.indexOf('\r\n\r\n');
	const head = heard.slice(0, end).toLowerCase();
	const body = heard.slice(end + 4);
	const length = /\r\ncontent-length: *(\d{1,15})/.exec(head)?.[1];
	if (length !== undefined) {
		return body.length >= Number(length);
	}

	return head.includes('\r\ntransfer-encoding: chunked') ? body.endsWith('0\r\n\r\n') : true;
}
