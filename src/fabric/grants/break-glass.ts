import {
  may,
  Misuse,
  newId,
  type Document,
  type PersonId,
  type Principal,
  type TenantId,
} from '../../vocabulary/index.ts';
import { newDocument, revise, standingDocument } from '../documents.ts';
import { appendOrLookAgain } from '../look-again.ts';
import { brokenGlass, grantEntry } from './grant-kinds.ts';
import { BreakGlassWish, type BreakGlassGrant, type GrantOptions } from './grant-terms.ts';

/**
 * One person, at once, when nobody else is there: loud, narrow, short, and looked at by somebody else within a day.
 *
 * INVARIANT (broken-glass-is-reviewed): whoever's opening was not reviewed in time opens nothing until it is.
 */
export interface BreakGlass {
  /** @throws Misuse `right-suspended`, `forbidden`, `needs-second-person` with one operator only, `bad-request`. */
  open(by: Principal, wish: unknown, reason: string): Promise<Document<BreakGlassGrant>>;
  /** @throws Misuse `not-found`, `needs-second-person` for who opened it, `already-answered`, `changed-meanwhile`. */
  review(
    by: Principal,
    id: string,
    answer: 'justified' | 'not-justified',
    reason: string,
  ): Promise<Document<BreakGlassGrant>>;
  /** @throws Misuse `right-suspended`. */
  refuseSuspended(person: PersonId): Promise<void>;
}

/** States in which a review may be missing. */
const UNREVIEWED = ['in-force', 'to-review', 'unreviewed'] as const;

export function createBreakGlass(options: GrantOptions): BreakGlass {
  const { documents, clock } = options;

  return {
    async open(by, given, reason) {
      const parsed = BreakGlassWish.safeParse(given);
      if (!parsed.success) {
        const [issue] = parsed.error.issues;
        throw new Misuse('bad-request', `\`${issue?.path.join('.') ?? ''}\`: ${issue?.message ?? 'does not fit'}`);
      }
      const wish = parsed.data;
      if (!may(by, 'break-glass.open', wish.tenant as TenantId)) {
        throw new Misuse('forbidden', `this needs the right \`break-glass.open\` in \`${wish.tenant}\``);
      }
      if (options.standing().single) {
        throw new Misuse('needs-second-person', 'with one operator only there is nobody to review it afterwards', {
          fix: 'propose it, without `--alone`: a delay takes the second person’s place',
        });
      }
      await refuseSuspended(by.person);
      const { reviewWithinHours } = options.standing().lawOf(wish.tenant as TenantId).rules.breakGlass;
      const dueAt = clock.now() + reviewWithinHours * 3_600_000;
      const review = { dueAt, by: null, answer: null, reason: '', late: false };
      const grant = brokenGlass(wish, [by.person], reason, review, options);
      const row = newDocument('standing-grant', newId('standing-grant', clock.now()), wish.tenant, {
        state: 'in-force',
        dueAt: grant.until,
        content: grant,
      });
      await options.writer.append({
        entries: [
          grantEntry('break-glass.opened', wish.tenant, row.id, 'in-force', grant, {
            alone: true,
            reviewBy: new Date(dueAt).toISOString(),
          }),
        ],
        documents: [row],
        changesLaw: true,
      });
      await options.reload();
      return standingDocument(row);
    },
    async review(by, id, answer, reason) {
      const found = await documents.find<BreakGlassGrant>('standing-grant', id);
      const isThere =
        found !== null && found.content.form === 'break-glass' && may(by, 'reviews.answer', found.tenant as TenantId);
      if (!isThere) throw new Misuse('not-found', `no glass was broken under \`${id}\``);
      const { content } = found;
      if (content.review === null) throw new Misuse('already-answered', 'two people opened this: it needs no review');
      if (content.by.includes(by.person))
        throw new Misuse('needs-second-person', 'whoever opens it does not review it');
      if (content.review.answer !== null) throw new Misuse('already-answered', 'somebody has reviewed this');
      const late = clock.now() >= content.review.dueAt;
      const reviewed = { ...content, review: { ...content.review, by: by.person, answer, reason, late } };
      // It goes on until its time is over: a review says whether it was right, revoking ends it.
      const state = found.state === 'in-force' ? 'in-force' : 'reviewed';
      const dueAt = found.state === 'in-force' ? content.until : null;
      const row = revise(found, { state, dueAt, content: reviewed });
      await appendOrLookAgain(options.writer, {
        entries: [
          grantEntry('break-glass.reviewed', found.tenant, id, 'reviewed', content, {
            answer,
            says: reason,
            reviewedBy: by.person,
            late,
          }),
        ],
        documents: [row],
      });
      return standingDocument(row);
    },
    refuseSuspended,
  };

  async function refuseSuspended(person: PersonId): Promise<void> {
    for (const state of UNREVIEWED) {
      const found = (await documents.list<BreakGlassGrant>('standing-grant', { state })).find(
        ({ content: { form, by, review } }) =>
          form === 'break-glass' &&
          by.includes(person) &&
          review !== null &&
          review.answer === null &&
          clock.now() >= review.dueAt,
      );
      if (found !== undefined) {
        throw new Misuse('right-suspended', `the glass that you broke (${found.id}) was not reviewed in time`, {
          fix: 'ask somebody else to review it with `reeve break-glass review`',
        });
      }
    }
  }
}
