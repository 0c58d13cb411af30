import type { Failpoint } from '../../src/vocabulary/index.ts';

/** Who is killed. */
export const VICTIMS = ['platform', 'engine', 'database'] as const;
export type Victim = (typeof VICTIMS)[number];

/** What the test tells a platform process; `id` comes back with the answer. */
export type Command = { readonly id: number } & Order;
export type Order =
  | { readonly do: 'arm'; readonly name: Failpoint; readonly victim: Victim; readonly nth: number }
  /** Works through the jobs up to this number, from wherever the record stands. Done when all are admitted. */
  | { readonly do: 'feed'; readonly jobs: number }
  | { readonly do: 'idle' }
  | { readonly do: 'kill'; readonly victim: Exclude<Victim, 'platform'> }
  /** Seals everything and writes the ledger to a file. */
  | { readonly do: 'export'; readonly path: string };

/** What a platform process says. */
export type Answer =
  | { readonly ready: { readonly databaseUrl: string } }
  | { readonly done: number }
  | { readonly failed: number; readonly why: string }
  /** The failpoint was passed and its victim, a child of the platform, killed. */
  | { readonly sprung: Failpoint };
