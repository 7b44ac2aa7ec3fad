import express from 'express';

// An ordinary API: it knows nothing of TLS, security headers or rate limits, and it need not.
const app = express();
const orders = [
	{id: 1, item: 'rope', metres: 40},
	{id: 2, item: 'lantern', metres: 0},
];

app.use(express.json());
app.get('/', (_request, response) => {
	response
		.type('html')
		.send('<!doctype html><title>Orders</title><h1>Orders</h1><p><a href="/orders">as JSON</a></p>');
});
app.get('/healthz', (_request, response) => {
	response.json({status: 'ok'});
});
app.get('/orders', (_request, response) => {
	response.json(orders);
});
app.post('/orders', (request, response) => {
	const order = {
		id: orders.length + 1,
		item: String(request.body?.item ?? ''),
		metres: Number(request.body?.metres ?? 0),
	};
	orders.push(order);
	response.status(201).json(order);
});
app.get('/slow', (_request, response) => {
	setTimeout(() => response.send('done\n'), 2000);
});

const server = app.listen(3000);
process.on('SIGTERM', () => server.close());
