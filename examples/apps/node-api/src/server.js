import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import express from 'express';
import {z} from 'zod';

// Orders are kept in a file, as small services do: the folder beside the sources has to be writable.
const file = new URL('../data/orders.json', import.meta.url);
mkdirSync(new URL('.', file), {recursive: true});

const Order = z.object({item: z.string().min(1), count: z.int().positive()});
const app = express();
app.use(express.json());

app.get('/', (_request, response) => {
	response.json({name: 'orders', version: 1});
});

app.get('/orders', (_request, response) => {
	response.json(orders());
});

app.post('/orders', (request, response) => {
	const order = Order.safeParse(request.body);
	if (!order.success) {
		response.status(400).json({error: 'An order has an item and a count'});
		return;
	}

	const all = [...orders(), order.data];
	writeFileSync(file, JSON.stringify(all));
	response.status(201).location(`/orders/${all.length}`).json(order.data);
});

app.get('/redirect', (_request, response) => {
	response.redirect(302, '/orders');
});

app.listen(Number(process.env.PORT ?? 3000), () => console.log('orders: listening'));

function orders() {
	try {
		return JSON.parse(readFileSync(file, 'utf8'));
	} catch {
		return [];
	}
}
