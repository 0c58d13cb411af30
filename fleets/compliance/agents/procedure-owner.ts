import { agent, on, reference } from '../../../src/sdk/index.ts';
import { procedureReview } from '../decisions/procedure-review.ts';
import { answersFor, documentsConcerned } from '../documents.ts';
import { ReviewRequest } from '../events.ts';
import { openReviewTicket } from '../tools.ts';
import { TRUST } from '../units.ts';

/** Looks up the internal documents that a change concerns and opens one ticket for their review. */
export const procedureOwners = TRUST.map((trust) =>
  agent(`procedure-owner.${trust.name}`, {
    purpose: `Have the internal documents on ${trust.name} reviewed when what they answer to changes`,
    owner: trust.owner,
    tenant: 'compliance',
    expires: '2027-12-31',
    perceive: on(
      'procedure.review-asked',
      ReviewRequest,
      ({ criteria, procedures }) =>
        criteria.some((criterion) => answersFor(trust, criterion)) ||
        procedures.some((procedure) => trust.procedures.includes(procedure)),
    ),
    recall: {
      documents: reference<ReviewRequest, ReturnType<typeof documentsConcerned>>('internal-sops', ({ data }) =>
        documentsConcerned(trust, data),
      ),
    },
    reason: procedureReview,
    given: ({ event: { data }, facts }) => ({
      documents: facts.documents.map(({ kind, written }) => ({ kind, written, priority: data.priority })),
    }),
    propose: ({ event: { data }, facts, decided }) => {
      const { changeSet, owner, priority, dueOn } = data;
      const documents = decided.actions.flatMap(({ action }, i) => {
        const name = facts.documents[i]?.name;
        return name === undefined ? [] : [{ name, action }];
      });
      if (documents.length === 0) return [];
      const why = `${documents.length} documents on ${trust.name} are concerned by ${changeSet}`;
      return [openReviewTicket.with({ changeSet, owner, queue: trust.owner, priority, dueOn, documents }, why)];
    },
    act: [openReviewTicket.granted],
    autonomy: { default: 'L3' },
  }),
);
