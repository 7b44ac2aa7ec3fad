/** One mount, as the container's own mount namespace has it. */
export interface KernelMount {
	/** Device of the file system, such as `8:1`. */
	readonly device: string;
	/** The folder of that file system that is shown here. */
	readonly root: string;
	readonly point: string;
	readonly readOnly: boolean;
	/** Mounts made here show elsewhere as well. */
	readonly shared: boolean;
	readonly kind: string;
}

/** More mounts than this say no more. */
const MAX_MOUNTS = 4096;

/** Text of /proc/PID/mountinfo → mounts; see proc(5). A later mount at one point hides the earlier. */
export function mountsIn(text: string): readonly KernelMount[] {
	return text.split('\n', MAX_MOUNTS).flatMap(line => {
		const fields = line.split(' ');
		const [, , device, root, point, options] = fields;
		// Optional fields follow, as many as there are, up to a lone hyphen.
		const hyphen = fields.indexOf('-', 6);
		if (
			device === undefined ||
			root === undefined ||
			point === undefined ||
			options === undefined ||
			hyphen === -1
		) {
			return [];
		}

		return [
			{
				device,
				root: plain(root),
				point: plain(point),
				readOnly: options.split(',').includes('ro'),
				shared: fields.slice(6, hyphen).some(field => field.startsWith('shared:')),
				kind: (fields[hyphen + 1] ?? '').slice(0, 64),
			},
		];
	});
}

/** The mount that is seen at a point. */
export function mountAt(mounts: readonly KernelMount[], point: string): KernelMount | undefined {
	return mounts.findLast(mount => mount.point === point);
}

/** Spaces and the like stand as octal numbers. */
function plain(text: string): string {
	return text
		.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
		.slice(0, 4096)
		.toWellFormed();
}
