import { money, type Money } from '../../../src/sdk/index.ts';

/** A legal entity that receives supplier invoices. It keeps its books, and may pay by itself, in one currency. */
export interface Unit {
  readonly name: string;
  readonly currency: string;
  /** What its agents may propose to pay without a person. */
  readonly limit: Money;
}

export const UNITS: readonly Unit[] = [
  { name: 'sweden', currency: 'SEK', limit: money(100_000_00, 'SEK') },
  { name: 'denmark', currency: 'DKK', limit: money(4_000_00, 'DKK') },
  { name: 'ireland', currency: 'EUR', limit: money(10_000_00, 'EUR') },
];

const MAILBOXES: Readonly<Record<string, string>> = { SEK: 'sweden', DKK: 'denmark', NOK: 'denmark', EUR: 'ireland' };

/** Which entity's mailbox an invoice in this currency goes to. */
export function unitOf(currency: string): string {
  return MAILBOXES[currency] ?? 'ireland';
}

/** What all agents of accounts payable share. */
export const PAYABLES = { tenant: 'finance', expires: '2027-12-31' } as const;
