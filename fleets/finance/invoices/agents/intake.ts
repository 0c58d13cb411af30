import { agent, derive, on } from '../../../../src/sdk/index.ts';
import { invoiceIntake } from '../decisions/invoice-intake.ts';
import { InvoiceReceived } from '../events.ts';
import { openInvoiceTicket, requestValidation } from '../tools.ts';
import { readUbl } from '../ubl/read.ts';
import { summarise } from '../ubl/summary.ts';
import { PAYABLES, UNITS } from '../units.ts';

/** Opens the mailbox: what is an invoice or credit note goes on to be validated, what is not goes to a person. */
export const intakeAgents = UNITS.map(({ name: unit }) =>
  agent(`invoice-intake.${unit}`, {
    ...PAYABLES,
    purpose: `Take in what suppliers send to ${unit}`,
    owner: 'accounts-payable',
    perceive: on('invoice.received', InvoiceReceived, (received) => received.unit === unit),
    recall: {
      document: derive(({ data: { xml } }: { readonly data: InvoiceReceived }) => {
        const read = readUbl(xml);
        return read.kind === 'read'
          ? { readable: true, why: '', kind: summarise(read.invoice).kind }
          : { readable: false, why: read.why, kind: 'other' as const };
      }),
    },
    reason: invoiceIntake,
    given: ({ facts: { document } }) => ({ readable: document.readable, kind: document.kind }),
    propose({ event: { data }, facts: { document }, decided: { accept, reason } }) {
      const { subject } = data;
      if (accept) return [requestValidation.with({ about: 'document', subject, unit }, reason)];
      const title = `${subject} cannot be taken in: ${document.why || reason}`;
      return [openInvoiceTicket.with({ subject, title, rule: reason }, reason)];
    },
    act: [requestValidation.granted, openInvoiceTicket.granted],
    autonomy: { default: 'L3' },
  }),
);
