import { agent, on } from '../../../../src/sdk/index.ts';
import { invoicePosting } from '../decisions/invoice-posting.ts';
import { InvoiceValidated } from '../events.ts';
import { announcePosting, postInvoice } from '../tools.ts';
import { PAYABLES, UNITS } from '../units.ts';

/** Posts what is valid: as a debt, or as a credit that is set off. */
export const postingAgents = UNITS.map(({ name: unit }) =>
  agent(`invoice-posting.${unit}`, {
    ...PAYABLES,
    purpose: `Post valid supplier documents in the books of ${unit}`,
    owner: 'general-ledger',
    perceive: on('invoice.validated', InvoiceValidated, (validated) => validated.unit === unit),
    reason: invoicePosting,
    given: ({ event: { data } }) => ({ kind: data.kind, payable: data.payable }),
    propose({ event: { data }, decided: { posting, why } }) {
      const { subject, number, seller, currency, payable } = data;
      const total = { minor: payable, currency };
      return [
        postInvoice.with({ subject, unit, posting, number, seller, total }, why),
        announcePosting.with(data, `posted as ${posting}`),
      ];
    },
    act: [postInvoice.on(unit), announcePosting.granted],
    autonomy: { default: 'L3' },
  }),
);
