import { agent, on } from '../../../../src/sdk/index.ts';
import { invoiceValidation } from '../decisions/invoice-validation.ts';
import { ValidationRequested } from '../events.ts';
import { inspection, type Inspection } from '../inspect.ts';
import { published } from '../rules/evaluate.ts';
import { openInvoiceTicket, passOn, writeToSupplier } from '../tools.ts';
import { PAYABLES, UNITS } from '../units.ts';

/** Judges documents by the rules of EN 16931, and fragments by one of them. */
export const validationAgents = UNITS.map(({ name: unit }) =>
  agent(`invoice-validation.${unit}`, {
    ...PAYABLES,
    purpose: `Let no invoice into the books of ${unit} that breaks a fatal rule of EN 16931`,
    owner: 'tax-compliance',
    perceive: on('validation.requested', ValidationRequested, (requested) => requested.unit === unit),
    recall: { inspection },
    reason: invoiceValidation,
    given: ({ event: { data }, facts: { inspection: found } }) => ({
      about: data.about,
      readable: found.readable,
      known: found.known,
      fatal: found.fatal,
      warning: found.warning,
      payable: found.summary !== null && found.summary.payable !== null,
      rule: data.about === 'rule' ? data.rule : firstBroken(found),
    }),
    propose({
      event: { data },
      facts: {
        inspection: { summary },
      },
      decided: { verdict, rule },
    }) {
      const { subject } = data;
      switch (verdict) {
        case 'accept':
        case 'accept with remarks': {
          if (summary === null || summary.kind === 'other' || summary.payable === null) return [];
          const { buyer: _, ...rest } = summary;
          return [passOn.with({ ...rest, kind: summary.kind, payable: summary.payable, subject, unit }, verdict)];
        }
        case 'refuse': {
          const title = `${subject} is refused by ${rule}`;
          const message = published().get(rule)?.text ?? rule;
          return [
            openInvoiceTicket.with({ subject, title, rule }, title),
            writeToSupplier.with({ subject, seller: summary?.seller ?? '', message }, title),
          ];
        }
        case 'error':
        case 'warning':
        case 'success':
        case 'not judged here':
          return [];
      }
    },
    act: [passOn.granted, openInvoiceTicket.granted, writeToSupplier.granted],
    autonomy: { default: 'L3' },
  }),
);

/** The rule that a refusal names: the first fatal one, or a warning when there is no worse. */
function firstBroken({ findings }: Inspection): string {
  const worst = findings.find(({ severity }) => severity === 'fatal') ?? findings[0];
  return worst?.rule ?? 'none';
}
