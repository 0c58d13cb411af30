import { agent, on } from '../../../../src/sdk/index.ts';
import { invoicePayment } from '../decisions/invoice-payment.ts';
import { InvoicePosted } from '../events.ts';
import { proposeInvoicePayment, writeToSupplier } from '../tools.ts';
import { PAYABLES, UNITS } from '../units.ts';

/** Proposes to pay what is posted and due, up to the limit of the entity and in its own currency; above it a person decides. */
export const paymentAgents = UNITS.map(({ name: unit, limit }) =>
  agent(`invoice-payment.${unit}`, {
    ...PAYABLES,
    purpose: `Propose payment of posted supplier invoices of ${unit}`,
    owner: 'treasury',
    perceive: on('invoice.posted', InvoicePosted, (posted) => posted.unit === unit),
    reason: invoicePayment,
    given: ({ event: { data } }) => ({
      kind: data.kind,
      payable: data.payable,
      means: data.means,
      account: data.account,
    }),
    propose({ event: { data }, decided: { action, why } }) {
      const { subject, seller, number, currency, payable, due } = data;
      switch (action) {
        case 'pay':
          return [
            proposeInvoicePayment.with({ subject, unit, seller, amount: { minor: payable, currency }, due }, why),
          ];
        case 'ask the supplier':
          return [writeToSupplier.with({ subject, seller, message: `To which account shall we pay ${number}?` }, why)];
        case 'nothing':
          return [];
      }
    },
    act: [proposeInvoicePayment.upTo(limit), writeToSupplier.granted],
    autonomy: { default: 'L3' },
  }),
);
