import {mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {transform} from 'lightningcss';
import {marked} from 'marked';

mkdirSync('public', {recursive: true});
for (const name of readdirSync('content').sort()) {
	const text = readFileSync(`content/${name}`, 'utf8');
	if (name.endsWith('.md')) {
		const title = /^# (.*)$/m.exec(text)?.[1] ?? name;
		const page = `<!DOCTYPE html>\n<title>${title}</title>\n<link rel="stylesheet" href="style.css">\n${marked.parse(text)}`;
		writeFileSync(`public/${name.replace(/md$/, 'html')}`, page);
	} else {
		writeFileSync(`public/${name}`, transform({filename: name, code: Buffer.from(text), minify: true}).code);
	}
}
