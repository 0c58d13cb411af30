import { statSync } from 'node:fs';
import { z } from 'zod';
import type { Law } from '../govern/index.ts';
import type { Backtest } from '../rehearse/index.ts';
import { isFault, Misuse } from '../vocabulary/index.ts';
import type { Client } from './client.ts';
import { moment } from './humane.ts';
import { printable } from './printable.ts';

/** What is read of the API's answers about policies. */
export const PolicyVersion = z.looseObject({
  digest: z.string(),
  state: z.string(),
  stale: z.boolean(),
  policies: z.array(z.string()),
  author: z.string().nullable(),
  reason: z.string(),
  base: z.string().nullable(),
  draftedAt: z.string(),
  backTest: z
    .looseObject({ base: z.string(), flipped: z.number(), newlyAllowed: z.number(), unreplayable: z.number() })
    .nullable(),
  enforcement: z
    .looseObject({ number: z.number(), at: z.string(), by: z.array(z.string()), previous: z.string().nullable() })
    .nullable(),
});
export type PolicyVersion = z.infer<typeof PolicyVersion>;
export const PolicyList = z.looseObject({
  enforced: z.string(),
  logOnly: z.string().nullable(),
  shipped: z.string().nullable(),
  items: z.array(PolicyVersion),
});
export const PolicyTexts = PolicyVersion.extend({
  sources: z.object({ policies: z.string(), schema: z.string(), rules: z.string(), tests: z.string() }),
});
export const Proposed = z.looseObject({
  id: z.string(),
  state: z.string(),
  says: z.string(),
  dueAt: z.string().nullable(),
  why: z.string(),
});

/** As much of a digest as tells versions apart on a screen. */
export function short(digest: string): string {
  return digest.slice(0, 'sha256:'.length + 12);
}

/**
 * The version that somebody means: `enforced`, `log-only`, `shipped`, or the beginning of its digest, with or without `sha256:`.
 *
 * @throws Misuse `not-found` when there is none, `bad-request` when there are several.
 */
export async function versionNamed(name: string, client: Client): Promise<PolicyVersion> {
  const { items, enforced, logOnly, shipped } = await client.get('/v1/policies', PolicyList);
  const named: Readonly<Record<string, string | null>> = { enforced, 'log-only': logOnly, shipped };
  const wanted = Object.hasOwn(named, name) ? named[name] : name;
  const found = items.filter(({ digest }) =>
    wanted === null || wanted === undefined ? false : digest.startsWith(wanted) || digest.slice(7).startsWith(wanted),
  );
  const [first] = found;
  if (first !== undefined && found.length === 1) return first;
  if (first === undefined) {
    throw new Misuse('not-found', `no set of policies is \`${name}\``, { fix: '`reeve policy list` shows them all' });
  }
  throw new Misuse('bad-request', `${found.length} sets of policies begin with \`${name}\``, {
    fix: 'write more of it',
  });
}

/** The policies of a folder, or of a version that the platform has; the shipped ones when nothing is named. */
export async function lawNamed(set: string | undefined, client: Client): Promise<Law> {
  const { loadLaw, parseLaw } = await import('../govern/index.ts');
  if (set === undefined || statSync(set, { throwIfNoEntry: false })?.isDirectory() === true) {
    return loadLaw(set, 'candidate');
  }
  const { digest } = await versionNamed(set, client);
  const { sources } = await client.get(`/v1/policies/${digest}`, PolicyTexts);
  return parseLaw(sources.policies, sources.schema, 'candidate', sources.rules);
}

/** Keeps what a back-test found with the version it is of. Says what became of that; null when there is no such version. */
export async function keepBackTest(found: Backtest, client: Client): Promise<string | null> {
  const { base, draft, record, flipped, newlyAllowed, unreplayable } = found;
  const { items } = await client.get('/v1/policies', PolicyList);
  const version = items.find(({ digest }) => digest === draft);
  if (version === undefined) return 'not kept: the platform has no such draft; `reeve policy draft DIR` sends it one';
  if (version.state === 'enforced') return null;
  const { from, to, decisions, digest } = record;
  const wish = {
    base,
    record: { from, to, decisions, digest },
    flipped,
    newlyAllowed,
    unreplayable: unreplayable.reduce((sum, one) => sum + one.decisions, 0),
  };
  try {
    await client.post(`/v1/policies/${draft}/back-test`, PolicyVersion, JSON.stringify(wish));
    return `kept with the draft ${short(draft)}`;
  } catch (error) {
    if (isFault(error) && error.code === 'forbidden') return `not kept: ${error.message}`;
    throw error;
  }
}

/** What became of a change of the law that was asked for. */
export function sayProposed({ id, state, says, dueAt, why }: z.infer<typeof Proposed>): readonly string[] {
  if (state === 'carried') return [`it holds: ${printable(says)}`];
  if (state !== 'proposed') return [`${state}: ${printable(says)}${why === '' ? '' : `: ${printable(why)}`}`];
  const until = dueAt === null ? '' : `, until ${moment(dueAt)} UTC`;
  return [
    `proposed${until}: ${printable(says)}`,
    `a second person seconds it as ${id}; with one operator only it waits`,
  ];
}
