import type { NodePgDatabase } from 'drizzle-orm/node-postgres';

/** The record's database, for reading. */
export type Database = NodePgDatabase;
