import {bundleSchema} from './bundle-schema.ts';
import {approvalSchema, trustSchema, waiverSchema} from './document-schemas.ts';
import {projectSchema} from './project-schema.ts';
import type {Schema} from './schema-parts.ts';

/** JSON Schemas of everything that a person writes, for editors. `schemas/` holds them as files. */
export const schemas = {
	bundle: bundleSchema,
	approval: approvalSchema,
	waiver: waiverSchema,
	trust: trustSchema,
	project: projectSchema,
} as const satisfies Readonly<Record<string, () => Schema>>;
