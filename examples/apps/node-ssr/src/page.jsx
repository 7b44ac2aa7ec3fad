import {useState} from 'react';

export function Page({path}) {
	const [count, setCount] = useState(0);
	return (
		<main>
			<h1>Shop</h1>
			<p>You are at {path}</p>
			<button type="button" onClick={() => setCount(count + 1)}>
				{count} in the basket
			</button>
		</main>
	);
}
