import type { LedgerWriter } from '../../ledger/index.ts';
import {
  may,
  Misuse,
  type AgentId,
  type AutonomyLevel,
  type Clock,
  type Digest,
  type Document,
  type Money,
  type PermitId,
  type PersonId,
  type Principal,
  type RunId,
  type TenantId,
  type ToolId,
} from '../../vocabulary/index.ts';
import { revise, standingDocument, type Documents } from '../documents.ts';
import { appendOrLookAgain } from '../look-again.ts';

/** A look back at something that an agent did by itself. States: `open`, `overdue`, `answered`. */
export interface Review {
  readonly permit: PermitId;
  readonly run: RunId;
  readonly agent: AgentId;
  readonly agentVersion: Digest;
  readonly tool: ToolId;
  readonly toolDigest: Digest;
  /** The level at which it was done. */
  readonly level: AutonomyLevel;
  readonly amount: Money | null;
  readonly resource: string;
  readonly why: string;
  readonly argumentsDigest: Digest;
  /** Who brought the event; they do not answer. */
  readonly requester: PersonId | null;
  /** Where its outcome stands on record. */
  readonly seq: number;
  readonly openedAt: number;
  readonly answer: 'ok' | 'not-ok' | null;
  readonly reason: string;
  readonly by: PersonId | null;
  /** Answered after its time: right then counts for nothing, wrong counts all the same. */
  readonly late: boolean;
}

export interface Reviews {
  /** @throws Misuse `not-found`, `forbidden` for the requester, `already-answered`, `changed-meanwhile`. */
  answer(by: Principal, id: string, answer: 'ok' | 'not-ok', reason: string): Promise<Document<Review>>;
  /** Its time is over: shown as overdue from now on. */
  due(document: Document): Promise<void>;
}

/** How long people have. */
export const REVIEW_MS = 14 * 86_400_000;

export function createReviews(options: {
  readonly documents: Documents;
  readonly writer: LedgerWriter;
  readonly clock: Clock;
}): Reviews {
  const { documents, writer } = options;
  return {
    async answer(by, id, answer, reason) {
      const review = await documents.find<Review>('review', id);
      if (review === null || !may(by, 'reviews.answer', review.tenant as TenantId)) {
        throw new Misuse('not-found', `there is no review \`${id}\``);
      }
      const { content } = review;
      if (content.requester === by.person) {
        throw new Misuse('forbidden', 'whoever brought what the agent worked on does not review it');
      }
      if (review.state === 'answered') throw new Misuse('already-answered', 'somebody has answered this review');
      const late = review.state === 'overdue' || options.clock.now() >= (review.dueAt ?? Number.MAX_SAFE_INTEGER);
      const row = revise(review, {
        state: 'answered',
        dueAt: null,
        content: { ...content, answer, reason, by: by.person, late },
      });
      await appendOrLookAgain(writer, {
        entries: [
          {
            kind: 'review.recorded',
            tenant: review.tenant as TenantId,
            run: content.run,
            agent: content.agent,
            body: {
              review: id,
              permit: content.permit,
              agentVersion: content.agentVersion,
              tool: content.tool,
              toolDigest: content.toolDigest,
              level: content.level,
              answer,
              reason,
              by: by.person,
              late,
            },
          },
        ],
        documents: [row],
      });
      return standingDocument(row);
    },
    async due(document) {
      if (document.state !== 'open') return;
      const row = revise(document as Document<Review>, {
        state: 'overdue',
        dueAt: null,
        content: document.content as Review,
      });
      await writer.append({ entries: [], documents: [row] });
    },
  };
}
