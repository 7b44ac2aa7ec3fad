/** What gives an application's insides away: stack traces, connection strings, paths of sources. */
const leaks: readonly (readonly [string, RegExp])[] = [
	[
		'a JavaScript stack trace',
		/\n\s{1,16}at [^\n]{1,200}\(?(?:file:\/\/|node:|\/)[^\s)]{1,200}:\d{1,7}:\d{1,7}/,
	],
	['a Python stack trace', /Traceback \(most recent call last\)/],
	['a Java stack trace', /\n\s{1,16}at [\w.$]{3,200}\([\w$]{1,80}\.java:\d{1,7}\)/],
	['a Go stack trace', /goroutine \d{1,9} \[running\]/],
	['a PHP error', /(?:Fatal error|Warning)<\/b>?:[^\n]{1,120} in [^\n]{1,120} on line/],
	['a Ruby stack trace', /\n[^\n]{1,200}\.rb:\d{1,7}:in [`'][^\n]{1,100}'/],
	['a .NET stack trace', /\n\s{1,16}at [\w.`<>]{3,200}\([^\n]{0,200}\) in [^\n]{1,200}:line \d{1,7}/],
	[
		'a connection string',
		/\b(?:postgres(?:ql)?|mysql|mongodb(?:\+srv)?|redis|amqp):\/\/[^\s"'<:@]{0,64}:[^\s"'<@]{1,64}@/,
	],
];

/** What the text of an error shows; undefined when it shows nothing. */
export function leakIn(body: string): string | undefined {
	return leaks.find(([, pattern]) => pattern.test(body))?.[0];
}
