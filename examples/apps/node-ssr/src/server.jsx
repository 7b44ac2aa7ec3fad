import {readFileSync} from 'node:fs';
import {createServer} from 'node:http';
import {renderToString} from 'react-dom/server';
import {Page} from './page.jsx';

const client = readFileSync(new URL('public/client.js', import.meta.url));

createServer((request, response) => {
	const {pathname} = new URL(request.url, 'http://localhost');
	if (pathname === '/client.js') {
		response.writeHead(200, {'Content-Type': 'text/javascript'}).end(client);
		return;
	}

	if (pathname.startsWith('/missing')) {
		response.writeHead(404, {'Content-Type': 'text/plain'}).end('There is no such page\n');
		return;
	}

	const page = renderToString(<Page path={pathname} />);
	response
		.writeHead(200, {'Content-Type': 'text/html; charset=utf-8'})
		.end(`<!DOCTYPE html><title>Shop</title><div id="root">${page}</div><script src="/client.js"></script>\n`);
}).listen(Number(process.env.PORT), () => console.log('shop: listening'));
