import type { StandingGrant } from '../../govern/index.ts';
import { may, Misuse, type Document, type Principal, type TenantId } from '../../vocabulary/index.ts';
import { revise, standingDocument } from '../documents.ts';
import { appendOrLookAgain } from '../look-again.ts';
import { grantEntry } from './grant-kinds.ts';
import type { BreakGlassGrant, GrantOptions } from './grant-terms.ts';

/**
 * Grants after they were made. States: `in-force`; then `ended` or `revoked`, or, when somebody opened it alone, `to-review`,
 * `unreviewed` when nobody did in time, and `reviewed`.
 */
export interface Grants {
  /** Ends it at once; anybody who answers approvals there may. @throws Misuse `not-found`, `already-answered`. */
  revoke(by: Principal, id: string, reason: string): Promise<Document<StandingGrant>>;
  /** Its time is over, or that of its review. It has not counted since: the gate looks at the clock by itself. */
  due(document: Document): Promise<void>;
}

export function createGrants(options: GrantOptions): Grants {
  const { documents, writer, clock } = options;

  return {
    async revoke(by, id, reason) {
      const found = await documents.find<BreakGlassGrant>('standing-grant', id);
      if (found === null || !may(by, 'approvals.answer', found.tenant as TenantId)) {
        throw new Misuse('not-found', `there is no grant \`${id}\``);
      }
      if (found.state !== 'in-force') throw new Misuse('already-answered', `this grant is ${found.state} already`);
      return end(found, 'revoked', { revokedBy: by.person, why: reason });
    },
    async due(document) {
      const found = document as Document<BreakGlassGrant>;
      if (found.state === 'in-force') {
        await end(found, 'ended', {});
      } else if (found.state === 'to-review') {
        const { content } = found;
        await appendOrLookAgain(writer, {
          // Loud: a right is suspended from here on.
          entries: [
            grantEntry('break-glass.reviewed', found.tenant, found.id, 'unreviewed', content, {
              suspended: [...content.by],
            }),
          ],
          documents: [revise(found, { state: 'unreviewed', dueAt: null, content })],
        });
      }
    },
  };

  async function end(
    found: Document<BreakGlassGrant>,
    how: 'ended' | 'revoked',
    more: { readonly [key: string]: string },
  ): Promise<Document<StandingGrant>> {
    const { content, tenant, id } = found;
    const review = content.form === 'break-glass' ? content.review : null;
    const isOpen = review !== null && review.answer === null;
    const state = isOpen ? 'to-review' : review !== null ? 'reviewed' : how;
    // No earlier than now, so that a review which is due already is dealt with at the next sweep.
    const dueAt = isOpen ? Math.max(review.dueAt, clock.now()) : null;
    const row = revise(found, { state, dueAt, content });
    await appendOrLookAgain(writer, {
      entries: [grantEntry('standing-grant.changed', tenant, id, how, content, more)],
      documents: [row],
      changesLaw: true,
    });
    await options.reload();
    return standingDocument(row);
  }
}
