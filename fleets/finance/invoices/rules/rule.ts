import type { Decimal } from '../ubl/decimal.ts';
import { all, amount, has, text, type Element, type Invoice } from '../ubl/element.ts';

/** The elements that a rule speaks of: it is judged once for each. */
export type Contexts = (invoice: Invoice) => readonly Element[];
/** Whether the rule holds for one of them. */
export type Holds = (context: Element, invoice: Invoice) => boolean;

/** One rule of EN 16931, as far as code goes: its text and severity are in `data/rules.jsonl.gz` under the same id. */
export interface Rule {
  readonly id: string;
  readonly contexts: Contexts;
  readonly holds: Holds;
}

/** A row of a table of rules. */
export type Row = readonly [id: string, contexts: Contexts, holds: Holds];

export function rules(rows: readonly Row[]): readonly Rule[] {
  return rows.map(([id, contexts, holds]) => ({ id, contexts, holds }));
}

// What rules speak of.

export const document: Contexts = ({ root }) => [root];
export const lines: Contexts = ({ everywhere }) => [
  ...everywhere('cac:InvoiceLine'),
  ...everywhere('cac:CreditNoteLine'),
];
export const allowances: Contexts = ({ root }) => all(root, 'cac:AllowanceCharge').filter(isAllowance);
export const charges: Contexts = ({ root }) => all(root, 'cac:AllowanceCharge').filter(isCharge);
export const breakdowns: Contexts = ({ everywhere }) =>
  everywhere('cac:TaxSubtotal').filter(({ parent }) => parent?.name === 'cac:TaxTotal');
export const totals = anywhere('cac:LegalMonetaryTotal');

/** Every element of these names, wherever it stands. */
export function anywhere(...names: readonly string[]): Contexts {
  return ({ everywhere }) => names.flatMap((name) => everywhere(name));
}

/** What is found at a path below each of these. */
export function within(contexts: Contexts, path: string): Contexts {
  return (invoice) => contexts(invoice).flatMap((context) => all(context, path));
}

export function where(contexts: Contexts, keep: (element: Element) => boolean): Contexts {
  return (invoice) => contexts(invoice).filter(keep);
}

export function isAllowance(element: Element): boolean {
  return ['false', '0'].includes(text(element, 'cbc:ChargeIndicator'));
}

export function isCharge(element: Element): boolean {
  return ['true', '1'].includes(text(element, 'cbc:ChargeIndicator'));
}

// What rules ask for.

/** The first element there says something. */
export function filled(path: string): Holds {
  return (context) => text(context, path) !== '';
}

/** Something is at one of these paths, be it empty. */
export function present(...paths: readonly string[]): Holds {
  return (context) => paths.some((path) => has(context, path));
}

export function absent(...paths: readonly string[]): Holds {
  return (context) => !paths.some((path) => has(context, path));
}

export function attribute(name: string): Holds {
  return ({ attributes }) => attributes.has(name);
}

export function atMost(limit: number, path: string): Holds {
  return (context) => all(context, path).length <= limit;
}

/** The number there, if any, is written with at most two decimals. */
export function twoDecimals(path: string): Holds {
  return (context) => all(context, path).every((element) => decimalsIn(element.text) <= 2);
}

export function decimalsIn(number: string): number {
  const point = number.indexOf('.');
  return point < 0 ? 0 : number.trimEnd().length - point - 1;
}

/** The number there passes; a missing or malformed one does not. */
export function number(path: string, passes: (value: Decimal) => boolean): Holds {
  return (context) => {
    const value = amount(context, path);
    return value !== null && passes(value);
  };
}

/** An end that is not before its start, when both are given. Dates are `YYYY-MM-DD`; a malformed one does not pass. */
export const periodInOrder: Holds = (period) => {
  if (!has(period, 'cbc:StartDate') || !has(period, 'cbc:EndDate')) return true;
  const [start, end] = [text(period, 'cbc:StartDate'), text(period, 'cbc:EndDate')];
  return DATE.test(start) && DATE.test(end) && end.slice(0, 10) >= start.slice(0, 10);
};

const DATE = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(Z|[+-]\d\d:\d\d)?$/;
