import type { Event } from '../../../src/sdk/index.ts';
import { InvoiceReceived, type ValidationRequested } from './events.ts';
import { evaluate, evaluateOne, type Finding } from './rules/evaluate.ts';
import type { Invoice } from './ubl/element.ts';
import { readUbl } from './ubl/read.ts';
import { summarise, type Summary } from './ubl/summary.ts';

/** What validating found. */
export interface Inspection {
  readonly readable: boolean;
  /** False when a rule is asked for that is not judged here. */
  readonly known: boolean;
  /** Breaches of fatal rules and of warnings, by element. */
  readonly fatal: number;
  readonly warning: number;
  readonly findings: readonly Finding[];
  readonly summary: Summary | null;
}

const UNREADABLE: Inspection = { readable: false, known: true, fatal: 0, warning: 0, findings: [], summary: null };

interface Sources {
  readonly event: Event<ValidationRequested>;
  history(): Promise<readonly Event[]>;
}

/**
 * A fact for agents: the document received under the event's subject judged by every rule, or the event's own fragment by one.
 * The document comes from the record rather than with the request, so that it is kept once.
 */
export const inspection = {
  async fetch({ event, history }: Sources): Promise<Inspection> {
    const { data } = event;
    if (data.about === 'rule') return inspect(data.xml, (invoice) => evaluateOne(data.rule, invoice));
    const received = (await history()).findLast(({ type }) => type === 'invoice.received');
    const document = InvoiceReceived.safeParse(received?.data);
    return document.success ? inspect(document.data.xml, evaluate) : UNREADABLE;
  },
  label: (own: Event['label']): Event['label'] => own,
};

function inspect(xml: string, judge: (invoice: Invoice) => readonly Finding[] | null): Inspection {
  const read = readUbl(xml);
  if (read.kind === 'unreadable') return UNREADABLE;
  const findings = judge(read.invoice);
  const count = (severity: Finding['severity']) =>
    (findings ?? []).reduce((sum, finding) => sum + (finding.severity === severity ? finding.times : 0), 0);
  return {
    readable: true,
    known: findings !== null,
    fatal: count('fatal'),
    warning: count('warning'),
    findings: findings ?? [],
    summary: summarise(read.invoice),
  };
}
