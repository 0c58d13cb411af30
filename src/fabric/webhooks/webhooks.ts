import type { Pool } from 'pg';
import { z } from 'zod';
import { Conflict, type Change, type LedgerWriter } from '../../ledger/index.ts';
import {
  may,
  messageOf as whyOf,
  Misuse,
  newId,
  type Clock,
  type Document,
  type EntryDraft,
  type Json,
  type PersonId,
  type Principal,
  type TenantId,
} from '../../vocabulary/index.ts';
import { newDocument, revise, standingDocument, type Documents } from '../documents.ts';
import { oneLine } from '../one-line.ts';
import type { Records } from '../records.ts';
import { deliver } from './deliver.ts';
import { entriesAfter, messageOf, WEBHOOK_KINDS } from './message.ts';
import { newWebhookSecret } from './signing.ts';

/** Where to tell about what happens. States: `in-force`, `dead` (24 hours in vain), `removed`. */
export interface Webhook {
  readonly url: string;
  readonly kinds: readonly string[];
  readonly by: PersonId;
  /** The secret, sealed: with it alone nobody can sign. */
  readonly sealed: string;
  /** Since when nothing is taken any more, how often it was tried, and why; null when all is well. */
  readonly failing: { readonly since: number; readonly tries: number; readonly why: string } | null;
}

export const WebhookWish = z.strictObject({
  url: z
    .url({ protocol: /^https?$/ })
    .max(2_000)
    .refine((text) => URL.canParse(text) && new URL(text).username === '' && new URL(text).password === '', {
      error: 'a name or password in an address is shown wherever the address is',
    }),
  kinds: z.array(z.enum(WEBHOOK_KINDS)).min(1).max(WEBHOOK_KINDS.length),
});
export type WebhookWish = z.infer<typeof WebhookWish>;

/** Tells others what is on record, in its order, at least once each; what was told is on record too. */
export interface Webhooks {
  /**
   * Of one tenant, or with `*` of the whole installation. The secret is in the answer, and never shown again.
   *
   * @throws Misuse `forbidden`, `bad-request`.
   */
  create(
    by: Principal,
    tenant: TenantId | '*',
    wish: WebhookWish,
  ): Promise<{ webhook: Document<Webhook>; secret: string }>;
  /** Those that somebody may manage, in order of id. */
  list(by: Principal): Promise<readonly Document<Webhook>[]>;
  /** @throws Misuse `not-found`, `already-answered`. */
  remove(by: Principal, id: string, reason: string): Promise<Document<Webhook>>;
  /** Tries a dead one again, from where it stopped. Throws as `remove` does. */
  revive(by: Principal, id: string): Promise<Document<Webhook>>;
  /** One whose next try is due. */
  due(document: Document): Promise<void>;
  /** Resolves when all is sent that can be sent now. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

export interface WebhooksOptions {
  readonly pool: Pick<Pool, 'query'>;
  readonly documents: Documents;
  readonly writer: Pick<LedgerWriter, 'append' | 'size' | 'onAppended'>;
  readonly records: Pick<Records, 'sourcePosition'>;
  readonly clock: Clock;
  readonly box: { seal(text: string, about: string): string; open(sealed: string, about: string): string };
  /** Address of the API, for links; null while it is not known. */
  api(): string | null;
  onTrouble(what: string): void;
}

const IN_FORCE = 'in-force';
const MOST = 100;
const PAGE = 50;
/** What is appended within this time is looked at together. */
const GATHER_MS = 100;
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** Pauses after each try in vain; the last one goes on. */
const PAUSES_MS = [5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR];
const GIVEN_UP_AFTER_MS = 24 * HOUR;

export async function startWebhooks(options: WebhooksOptions): Promise<Webhooks> {
  const { documents, writer, clock, box } = options;
  /** Those that are told what happens; what cannot be reached now waits for its next try. */
  const telling = new Set<string>();
  const underWay = new Map<string, Promise<void>>();
  let timer: NodeJS.Timeout | null = null;
  let stopped = false;

  for (const { id } of await documents.list<Webhook>('webhook', { state: IN_FORCE, most: MOST })) telling.add(id);
  writer.onAppended(() => {
    if (telling.size > 0) timer ??= setTimeout(tellAll, GATHER_MS).unref();
  });
  tellAll();

  return {
    async create(by, tenant, wish) {
      if (!may(by, 'webhooks.manage', tenant)) throw forbidden(tenant);
      const parsed = WebhookWish.safeParse(wish);
      if (!parsed.success) throw new Misuse('bad-request', z.prettifyError(parsed.error));
      if (telling.size >= MOST) throw new Misuse('bad-request', `there are ${MOST} webhooks already`);
      const id = newId('webhook', clock.now());
      const secret = newWebhookSecret();
      const { url, kinds } = parsed.data;
      const content: Webhook = { url, kinds, by: by.person, sealed: box.seal(secret, id), failing: null };
      const row = newDocument('webhook', id, tenant === '*' ? 'platform' : tenant, { state: IN_FORCE, content });
      await writer.append({
        // An address may hold a secret in its path: only where it leads goes on record.
        entries: [said(row.tenant, { webhook: id, state: IN_FORCE, to: new URL(url).origin, kinds, by: by.person })],
        documents: [row],
        // What happened before is not told.
        sources: [{ name: placeOf(id), position: writer.size() }],
      });
      telling.add(id);
      return { webhook: standingDocument(row), secret };
    },
    async list(by) {
      const all = await documents.list<Webhook>('webhook', { most: 1_000 });
      return all.filter(({ state, tenant }) => state !== 'removed' && may(by, 'webhooks.manage', whereOf(tenant)));
    },
    async remove(by, id, reason) {
      const document = await findFor(by, id);
      telling.delete(id);
      const row = revise(document, { state: 'removed', dueAt: null, content: document.content });
      return put(row, { webhook: id, state: 'removed', reason, by: by.person });
    },
    async revive(by, id) {
      const document = await findFor(by, id);
      if (document.state !== 'dead') throw new Misuse('already-answered', 'this webhook is in force');
      const row = revise(document, { state: IN_FORCE, dueAt: null, content: { ...document.content, failing: null } });
      const revived = await put(row, { webhook: id, state: IN_FORCE, by: by.person });
      telling.add(id);
      void tell(id);
      return revived;
    },
    async due({ id, state }) {
      if (state !== IN_FORCE) return;
      telling.add(id);
      await tell(id);
    },
    async settled() {
      if (timer !== null) clearTimeout(timer);
      tellAll();
      while (underWay.size > 0) await Promise.all(underWay.values());
    },
    async stop() {
      stopped = true;
      if (timer !== null) clearTimeout(timer);
      await Promise.all(underWay.values());
    },
  };

  function tellAll(): void {
    timer = null;
    for (const id of telling) void tell(id);
  }

  /** One after the other for each webhook, so that what happened is told in its order. */
  function tell(id: string): Promise<void> {
    const before = underWay.get(id) ?? Promise.resolve();
    const now: Promise<void> = before
      .then(() => tellOne(id))
      .catch((error: unknown) => options.onTrouble(`webhook ${id}: ${whyOf(error)}`))
      .finally(() => {
        if (underWay.get(id) === now) underWay.delete(id);
      });
    underWay.set(id, now);
    return now;
  }

  async function tellOne(id: string): Promise<void> {
    const found = await documents.find<Webhook>('webhook', id);
    if (found === null || found.state !== IN_FORCE || (found.dueAt ?? 0) > clock.now()) return;
    let document = found;
    const secret = box.open(document.content.sealed, id);
    let after = await options.records.sourcePosition(placeOf(id));
    while (!stopped) {
      const tenant = document.tenant === 'platform' ? null : document.tenant;
      const page = await entriesAfter(options.pool, { after, kinds: document.content.kinds, tenant, most: PAGE });
      for (const { entry, approval } of page) {
        if (stopped) return;
        const message = messageOf(id, entry, approval, options.api());
        const delivery = await deliver(document.content.url, secret, message, clock.now());
        if (delivery.kind === 'not-taken') return failed(document, delivery.why, delivery.gone);
        after = entry.seq;
        document = await taken(document, after);
      }
      if (page.length < PAGE) return;
    }
  }

  /** Noted before the next one is sent: after a crash at most this one is told again, under the same id. */
  async function taken(document: Document<Webhook>, seq: number): Promise<Document<Webhook>> {
    const sources = [{ name: placeOf(document.id), position: seq }];
    if (document.content.failing === null) {
      await writer.append({ entries: [], sources });
      return document;
    }
    const row = revise(document, { state: IN_FORCE, dueAt: null, content: { ...document.content, failing: null } });
    await writer.append({ entries: [], sources, documents: [row] });
    return standingDocument(row);
  }

  async function failed(document: Document<Webhook>, why: string, gone: boolean): Promise<void> {
    telling.delete(document.id);
    const now = clock.now();
    const { since = now, tries = 0 } = document.content.failing ?? {};
    const failing = { since, tries: tries + 1, why: oneLine(why) };
    const content = { ...document.content, failing };
    if (gone || now - since >= GIVEN_UP_AFTER_MS) {
      const row = revise(document, { state: 'dead', dueAt: null, content });
      await put(row, { webhook: document.id, state: 'dead', why: failing.why, since: new Date(since).toISOString() });
      return;
    }
    const pause = PAUSES_MS[Math.min(tries, PAUSES_MS.length - 1)] ?? HOUR;
    const dueAt = Math.min(now + pause, since + GIVEN_UP_AFTER_MS);
    await put(revise(document, { state: IN_FORCE, dueAt, content }), null);
  }

  async function findFor(by: Principal, id: string): Promise<Document<Webhook>> {
    const document = await documents.find<Webhook>('webhook', id);
    if (document === null || document.state === 'removed' || !may(by, 'webhooks.manage', whereOf(document.tenant))) {
      throw new Misuse('not-found', `there is no webhook \`${id}\``);
    }
    return document;
  }

  async function put(
    row: NonNullable<Change['documents']>[number],
    body: { readonly [key: string]: Json } | null,
  ): Promise<Document<Webhook>> {
    try {
      await writer.append({ entries: body === null ? [] : [said(row.tenant, body)], documents: [row] });
    } catch (error) {
      if (error instanceof Conflict && error.on === 'rev') {
        throw new Misuse('changed-meanwhile', 'somebody else has changed this webhook meanwhile: look again');
      }
      throw error;
    }
    return standingDocument(row);
  }
}

function placeOf(id: string): string {
  return `webhook:${id}`;
}

function whereOf(tenant: string): TenantId | '*' {
  return tenant === 'platform' ? '*' : (tenant as TenantId);
}

function forbidden(tenant: string): Misuse {
  return new Misuse(
    'forbidden',
    `this needs the right \`webhooks.manage\`${tenant === '*' ? '' : ` in \`${tenant}\``}`,
  );
}

function said(tenant: string, body: { readonly [key: string]: Json }): EntryDraft {
  return { kind: 'webhook.changed', tenant: tenant as TenantId, run: null, agent: null, body };
}
