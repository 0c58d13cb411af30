import assert from 'node:assert/strict';
import test from 'node:test';
import { compile } from '../../../src/reason/index.ts';
import { rehearse, score } from '../../../src/rehearse/index.ts';
import { fleet, type RawEvent } from '../../../src/sdk/index.ts';
import { invoiceAgents, invoiceScorer, invoiceWork } from './index.ts';

const invoices = fleet('invoices', {
  tenant: 'finance',
  agents: invoiceAgents,
  work: (options) => invoiceWork(options),
  score: () => invoiceScorer(),
});

test('twelve agents: four roles for each of three legal entities', () => {
  assert.equal(invoiceAgents.length, 12);
  assert.equal(new Set(invoiceAgents.map(({ role }) => role)).size, 4);
  assert.equal(new Set(invoiceAgents.map(({ unit }) => unit)).size, 3);
});

test('every decision table of the invoice agents compiles and is right about its own tests', async () => {
  const templates = new Map(invoiceAgents.map(({ reason }) => [reason.version, reason]));
  assert.equal(templates.size, 4);
  for (const template of templates.values()) await compile(template);
});

test('documents and rule tests come in time order, the same each time, each once', () => {
  for (const [all, count] of [
    [false, 45],
    [true, 45 + 1_125 + 2],
  ] as const) {
    const events = [...invoiceWork({ all })];
    // Two tests name two rules each, and every rule is asked about by itself.
    assert.equal(events.length, count);
    assert.deepEqual(events, [...invoiceWork({ all })]);
    assert.equal(new Set(events.map(({ source, id }) => `${source}|${id}`)).size, count);
    assert.ok(events.every(({ time }, i) => time >= (events[i - 1]?.time ?? '')));
  }
});

test('the agents judge every test of the claimed rules as expected, and end every document', async () => {
  const result = await score(invoices);
  assert.deepEqual(result?.rows, [
    { key: 'rule tests (claimed rules)', expected: 1_125, agreed: 1_125, extra: 0 },
    { key: 'whole invoices ended', expected: 45, agreed: 45, extra: 0 },
  ]);
});

test('a score falls short when the rule tests are missing', async () => {
  const scorer = invoiceScorer();
  await rehearse(invoices, invoiceWork({ all: false }), (rehearsed) => scorer.observe(rehearsed));
  assert.deepEqual(
    scorer.result().map(({ expected, agreed }) => [expected, agreed]),
    [
      [1_125, 0],
      [45, 45],
    ],
  );
});

test('a score counts an answer that contradicts a test as one too many', async () => {
  const [request] = [...invoiceWork({ all: true })].filter(({ id }) => id === 'Invoice-unit-UBL/BR-02#1/BR-02');
  assert.ok(request);
  const complete =
    '<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2" xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"><cbc:ID>1</cbc:ID></Invoice>';
  const scorer = invoiceScorer();
  const changed = { ...request, data: { ...(request.data as object), xml: complete } };
  await rehearse(invoices, [changed], (rehearsed) => scorer.observe(rehearsed));
  assert.deepEqual(scorer.result()[0], { key: 'rule tests (claimed rules)', expected: 1_125, agreed: 0, extra: 1 });
});

test('a valid invoice is posted and then proposed for payment, by four agents', async () => {
  assert.deepEqual(await acts(received('guide-example1')), [
    'invoice-intake.ireland events.validation-requested',
    'invoice-validation.ireland events.invoice-validated',
    'invoice-posting.ireland erp.post-invoice',
    'invoice-posting.ireland events.invoice-posted',
    'invoice-payment.ireland erp.propose-invoice-payment',
  ]);
});

test('a credit note is posted and not paid', async () => {
  const done = await acts(received('ubl-tc434-creditnote1'));
  assert.ok(done.includes('invoice-posting.ireland erp.post-invoice'));
  assert.ok(!done.some((act) => act.startsWith('invoice-payment')));
});

test('an invoice that is a cent off is refused by the rule that it breaks, and not posted', async () => {
  const forged = received('guide-example1', (xml) => xml.replaceAll('>250.33<', '>250.34<'));
  const why: string[] = [];
  await rehearse(invoices, [forged], ({ proposals }) => why.push(...proposals.map((one) => one.why)));
  assert.deepEqual(why, [
    'a readable invoice',
    'guide-example1 is refused by BR-CO-15',
    'guide-example1 is refused by BR-CO-15',
  ]);
});

test('what is no invoice or cannot be read stops at intake, with a ticket', async () => {
  for (const xml of ['<Order/>', 'not XML', '<!DOCTYPE a [<!ENTITY b "c">]><Invoice>&b;</Invoice>', '']) {
    const done = await acts(received('guide-example1', () => xml));
    assert.deepEqual(done, ['invoice-intake.ireland ticketing.open-invoice-ticket'], xml);
  }
});

test('an amount in fractions of the smallest unit is refused rather than rounded', async () => {
  const inYen = received('guide-example1', (xml) => xml.replaceAll('"EUR"', '"JPY"').replaceAll('>EUR<', '>JPY<'));
  const why: string[] = [];
  await rehearse(invoices, [inYen], ({ proposals }) => why.push(...proposals.map((one) => one.why)));
  assert.equal(why.at(-1), 'guide-example1 is refused by amount not in whole minor units');
});

/** A shipped document, perhaps changed on its way. */
function received(subject: string, change: (xml: string) => string = (xml) => xml): RawEvent {
  const event = [...invoiceWork({ all: false })].find((one) => one.subject === subject);
  assert.ok(event);
  const { xml, ...rest } = event.data as { readonly xml: string };
  return { ...event, data: { ...rest, xml: change(xml) } };
}

/** What is proposed on account of an event, in order. */
async function acts(event: RawEvent): Promise<readonly string[]> {
  const done: string[] = [];
  await rehearse(invoices, [event], ({ agent, proposals }) =>
    done.push(...proposals.map(({ tool }) => `${agent} ${tool.name}`)),
  );
  return done;
}
