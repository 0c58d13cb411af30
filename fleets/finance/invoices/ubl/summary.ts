import { minorUnits } from './decimal.ts';
import { amount, has, text, type Invoice } from './element.ts';

/** What the agents after validation need to know of a document. */
export interface Summary {
  readonly kind: 'invoice' | 'credit-note' | 'other';
  readonly number: string;
  readonly seller: string;
  readonly buyer: string;
  readonly currency: string;
  /** Amount due in minor units of the currency; null when it is missing or no amount of it. */
  readonly payable: number | null;
  /** `YYYY-MM-DD`, or empty. */
  readonly due: string;
  /** UNTDID 4461, e.g. `30` credit transfer; empty when the supplier names none. */
  readonly means: string;
  /** Whether it says to which account. */
  readonly account: boolean;
}

/** The few facts that travel on. Everything is as the supplier wrote it, cut to a length that an event can carry. */
export function summarise({ root }: Invoice): Summary {
  const currency = text(root, 'cbc:DocumentCurrencyCode').slice(0, 3);
  const payable = amount(root, 'cac:LegalMonetaryTotal/cbc:PayableAmount');
  return {
    kind: kindOf(root.name),
    number: text(root, 'cbc:ID').slice(0, 100),
    seller: text(root, 'cac:AccountingSupplierParty/cac:Party/cac:PartyLegalEntity/cbc:RegistrationName').slice(0, 200),
    buyer: text(root, 'cac:AccountingCustomerParty/cac:Party/cac:PartyLegalEntity/cbc:RegistrationName').slice(0, 200),
    currency,
    payable: payable && minorUnits(payable, exponentOf(currency)),
    due: (text(root, 'cbc:DueDate') || text(root, 'cac:PaymentMeans/cbc:PaymentDueDate')).slice(0, 10),
    means: text(root, 'cac:PaymentMeans/cbc:PaymentMeansCode').slice(0, 3),
    account: has(root, 'cac:PaymentMeans/cac:PayeeFinancialAccount/cbc:ID'),
  };
}

function kindOf(root: string): Summary['kind'] {
  return root === 'Invoice' ? 'invoice' : root === 'CreditNote' ? 'credit-note' : 'other';
}

/** How many decimals the currency has, by CLDR; two when it is no currency. */
function exponentOf(currency: string): number {
  if (!/^[A-Z]{3}$/.test(currency)) return 2;
  const format = new Intl.NumberFormat('en', { style: 'currency', currency });
  return format.resolvedOptions().maximumFractionDigits ?? 2;
}
