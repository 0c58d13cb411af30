import type { z } from 'zod';
import { principalOf, type Person } from '../identity/index.ts';
import { Conflict, LawMoved, type Change, type LedgerWriter } from '../ledger/index.ts';
import {
  may,
  Misuse,
  newId,
  type Clock,
  type Document,
  type EntryDraft,
  type Json,
  type MotionId,
  type PersonId,
  type Principal,
  type Right,
  type TenantId,
} from '../vocabulary/index.ts';
import { newDocument, revise, standingDocument, type Documents } from './documents.ts';

/**
 * A change that one person wants and a second one has to want too: of policies, of rights, of budgets upward, of autonomy, the
 * lifting of a stop. INVARIANT (no-one-alone): what weakens the law is carried out only as a motion that two people wanted; with
 * one operator only, a delay and a loud entry take the second one's place.
 */
export interface Motion {
  readonly id: MotionId;
  readonly kind: string;
  readonly tenant: TenantId | '*';
  readonly state: MotionState;
  readonly body: Json;
  /** What it would do, in one sentence. */
  readonly says: string;
  readonly reason: string;
  readonly by: PersonId;
  readonly at: number;
  /** Null until somebody seconds it, and for ever when one person was enough. */
  readonly secondedBy: PersonId | null;
  /** When it lapses; with one operator only, when it is carried out. */
  readonly dueAt: number | null;
  /** Why it stands where it stands. */
  readonly why: string;
}
export type MotionState = 'proposed' | 'carried' | 'withdrawn' | 'lapsed' | 'failed';

/** One kind of change. Given to {@link createMotions} by the part that it belongs to. */
export interface MotionKind<B = unknown> {
  readonly kind: string;
  readonly right: Right;
  readonly schema: z.ZodType<B>;
  /** Where the right is needed: a tenant, or the whole installation. */
  tenantOf(body: B): TenantId | '*';
  says(body: B): string;
  /** False for what only tightens: one person is enough. */
  needsSecond(body: B): boolean | Promise<boolean>;
  /** Beyond the right of both: throws when this person may not propose or second it (its author, its subject). */
  mayTakePart?(body: B, by: Principal, as: 'proposer' | 'seconder'): void | Promise<void>;
  /** What carrying it out changes; read anew at that moment. Throws what says that it cannot be done (any more). */
  carryOut(
    body: B,
    wanted: { readonly id: MotionId; readonly by: readonly PersonId[]; readonly reason: string },
  ): Promise<Change> | Change;
  /** After it is on record. */
  carried?(body: B): Promise<void> | void;
}

export interface Motions {
  /** The kinds of changes that there are. */
  readonly kinds: readonly MotionKind[];
  /**
   * Puts a change to a second person, or carries it out at once when one is enough.
   *
   * @throws Misuse `bad-request` when the body does not fit its kind, `forbidden`; what the kind throws.
   */
  propose(by: Principal, kind: string, body: unknown, reason: string): Promise<Motion>;
  /**
   * @throws Misuse `needs-second-person` when it is the same person, `forbidden` also when who proposed it may not any more,
   * `not-found`, `already-answered`.
   */
  second(by: Principal, id: MotionId): Promise<Motion>;
  /** By the one who proposed it, or anybody who may second it. */
  withdraw(by: Principal, id: MotionId, reason: string): Promise<Motion>;
  find(id: MotionId): Promise<Motion | null>;
  /** A motion whose time has come: it lapses, or with one operator only is carried out. */
  due(document: Document): Promise<void>;
}

export interface MotionsOptions {
  readonly writer: LedgerWriter;
  readonly documents: Documents;
  readonly clock: Clock;
  readonly kinds: readonly MotionKind[];
  /** Whether one person runs this installation alone. */
  isSingle(): boolean;
  readonly singleDelayMs: number;
  /** After every change of the law. */
  reload(): Promise<void>;
}

type Content = Omit<Motion, 'id' | 'tenant' | 'state' | 'dueAt'> & { readonly single: boolean };

const LAPSES_MS = 7 * 86_400_000;

export function createMotions(options: MotionsOptions): Motions {
  const { writer, documents, clock } = options;
  const kinds = new Map(options.kinds.map((kind) => [kind.kind, kind]));

  return {
    kinds: options.kinds,
    async propose(by, name, given, reason) {
      const kind = kindOf(name);
      const parsed = kind.schema.safeParse(given);
      if (!parsed.success) {
        const [issue] = parsed.error.issues;
        throw new Misuse('bad-request', `\`${issue?.path.join('.') ?? ''}\`: ${issue?.message ?? 'does not fit'}`);
      }
      const body = parsed.data;
      await checkPart(kind, body, by);
      const id = newId('motion', clock.now());
      const tenant = kind.tenantOf(body);
      const content: Content = {
        kind: name,
        body: body as Json,
        says: kind.says(body),
        reason,
        by: by.person,
        at: clock.now(),
        secondedBy: null,
        why: '',
        single: options.isSingle(),
      };
      // Tried now, so that what cannot be done is refused to the one who asks and not to the one who seconds; and before it is
      // asked whether it needs one: what is changed between the two does not pass as it was when it only tightened.
      const change = await kind.carryOut(body, { id, by: [by.person], reason });
      if (!(await kind.needsSecond(body))) {
        const row = newDocument('motion', id, placeOf(tenant), {
          state: 'carried',
          content: { ...content, why: 'one person was enough' },
        });
        await guarded(
          joined(change, {
            entries: [settled(row.tenant, id, content, 'carried', 'one person was enough')],
            documents: [row],
          }),
        );
        await after(kind, body, change);
        return motionOf(standingDocument(row));
      }
      const dueAt = clock.now() + (content.single ? options.singleDelayMs : LAPSES_MS);
      const row = newDocument('motion', id, placeOf(tenant), { state: 'proposed', dueAt, content });
      await writer.append({
        entries: [
          entry('motion.proposed', row.tenant, {
            motion: id,
            kind: name,
            says: content.says,
            by: by.person,
            reason,
            body: content.body,
            ...(content.single && { singleOperator: true }),
          }),
        ],
        documents: [row],
      });
      return motionOf(standingDocument(row));
    },
    async second(by, id) {
      const document = await open(id);
      const { content } = document;
      const kind = kindOf(content.kind);
      const body = kind.schema.parse(content.body);
      await checkPart(kind, body, by, 'seconder');
      if (by.person === content.by) {
        throw new Misuse('needs-second-person', 'whoever proposes a change cannot second it', {
          fix: content.single
            ? 'wait: with one operator it is carried out when its delay is over'
            : 'ask somebody else with this right',
        });
      }
      return carry(document, kind, body, by.person, 'seconded');
    },
    async withdraw(by, id, reason) {
      const document = await open(id);
      const { content } = document;
      const kind = kindOf(content.kind);
      if (by.person !== content.by) await checkPart(kind, kind.schema.parse(content.body), by);
      return settle(document, 'withdrawn', reason, by.person);
    },
    async find(id) {
      const document = await documents.find<Content>('motion', id);
      return document === null ? null : motionOf(document);
    },
    async due(found) {
      const document = found as Document<Content>;
      if (document.state !== 'proposed') return;
      const { content } = document;
      const kind = kinds.get(content.kind);
      if (kind === undefined || !content.single || !options.isSingle()) {
        await settle(document, 'lapsed', 'nobody seconded it in time', null);
        return;
      }
      try {
        await carry(
          document,
          kind,
          kind.schema.parse(content.body),
          null,
          'single operator: a delay took the place of the second person',
        );
      } catch (error) {
        if (!(error instanceof Misuse)) throw error;
        await settle(document, 'failed', error.message, null);
      }
    },
  };

  function kindOf(name: string): MotionKind {
    const kind = kinds.get(name);
    if (kind === undefined) throw new Misuse('bad-request', `there is no change of kind \`${name}\``);
    return kind;
  }

  async function checkPart(
    kind: MotionKind,
    body: unknown,
    by: Principal,
    as: 'proposer' | 'seconder' = 'proposer',
  ): Promise<void> {
    const tenant = kind.tenantOf(body);
    if (!may(by, kind.right, tenant)) {
      throw new Misuse(
        'forbidden',
        `this needs the right \`${kind.right}\`${tenant === '*' ? '' : ` in \`${tenant}\``}`,
      );
    }
    await kind.mayTakePart?.(body, by, as);
  }

  /** Whoever has left since, or may not want this any more, is not one of two who do. */
  async function refuseGone(kind: MotionKind, body: unknown, proposer: PersonId): Promise<void> {
    const found = await documents.find<Person>('person', proposer);
    // Nobody comes in by any door without a document; who has none was handed in by the program itself.
    if (found === null) return;
    const by = principalOf(found, { via: 'session', scopes: null, credential: 'motion' });
    if (by === null) throw new Misuse('forbidden', 'whoever proposed this is not there any more');
    await checkPart(kind, body, by);
  }

  async function open(id: MotionId): Promise<Document<Content>> {
    const document = await documents.find<Content>('motion', id);
    if (document === null) throw new Misuse('not-found', `there is no motion \`${id}\``);
    if (document.state !== 'proposed') throw new Misuse('already-answered', `this motion is ${document.state}`);
    return document;
  }

  async function carry(
    document: Document<Content>,
    kind: MotionKind,
    body: unknown,
    second: PersonId | null,
    why: string,
  ): Promise<Motion> {
    const { content } = document;
    await refuseGone(kind, body, content.by);
    const by = second === null ? [content.by] : [content.by, second];
    const change = await kind.carryOut(body, { id: document.id as MotionId, by, reason: content.reason });
    const row = revise(document, { state: 'carried', dueAt: null, content: { ...content, secondedBy: second, why } });
    await guarded(
      joined(change, {
        entries: [settled(document.tenant, document.id, content, 'carried', why, second)],
        documents: [row],
      }),
    );
    await after(kind, body, change);
    return motionOf(standingDocument(row));
  }

  async function settle(
    document: Document<Content>,
    state: MotionState,
    why: string,
    by: PersonId | null,
  ): Promise<Motion> {
    const row = revise(document, { state, dueAt: null, content: { ...document.content, why } });
    await guarded({
      entries: [settled(document.tenant, document.id, document.content, state, why, by)],
      documents: [row],
    });
    return motionOf(standingDocument(row));
  }

  async function guarded(change: Change): Promise<void> {
    try {
      await writer.append(change);
    } catch (error) {
      if (error instanceof LawMoved || (error instanceof Conflict && error.on === 'rev')) {
        throw new Misuse('changed-meanwhile', 'somebody else has changed this meanwhile: look again');
      }
      throw error;
    }
  }

  async function after(kind: MotionKind, body: unknown, change: Change): Promise<void> {
    if (change.changesLaw === true) await options.reload();
    await kind.carried?.(body);
  }
}

/** As documents and entries name it: what concerns the whole installation is the platform's. */
function placeOf(tenant: TenantId | '*'): TenantId {
  return (tenant === '*' ? 'platform' : tenant) as TenantId;
}

function settled(
  tenant: string,
  motion: string,
  { kind, says, by, single }: Content,
  state: MotionState,
  why: string,
  other: PersonId | null = null,
): EntryDraft {
  return entry('motion.settled', tenant, {
    motion,
    kind,
    says,
    state,
    why,
    by,
    other,
    // Loud on purpose: nobody looked at it but the one who wanted it.
    ...(single && state === 'carried' && { singleOperator: true }),
  });
}

function entry(kind: EntryDraft['kind'], tenant: string, body: Json): EntryDraft {
  return { kind, tenant: tenant as TenantId, run: null, agent: null, body };
}

function joined(change: Change, more: Pick<Change, 'entries' | 'documents'>): Change {
  return {
    ...change,
    entries: [...change.entries, ...more.entries],
    documents: [...(change.documents ?? []), ...(more.documents ?? [])],
  };
}

function motionOf({ id, tenant, state, dueAt, content }: Document<Content>): Motion {
  const { single: _, ...shown } = content;
  return {
    ...shown,
    id: id as MotionId,
    tenant: (tenant === 'platform' ? '*' : tenant) as TenantId,
    state: state as MotionState,
    dueAt,
  };
}
