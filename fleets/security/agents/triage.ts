import { agent, history, on, reference, type Event } from '../../../src/sdk/index.ts';
import { bod2604 } from '../decisions/bod-26-04.ts';
import { coordinator } from '../decisions/coordinator.ts';
import type { UnitResponse } from '../decisions/response.ts';
import { Enriched } from '../events.ts';
import { escalate, openTicket, orderRemediation, watch } from '../tools.ts';
import { UNITS, type ExposureUnit, type MissionUnit } from '../units.ts';

const DAY = 86_400_000;

/** Each unit decides for itself, by the official table that fits what the asset register knows about it. */
export const triage = UNITS.map((unit) => (unit.rule === 'coordinator' ? byMission(unit) : byExposure(unit)));

function byMission(unit: MissionUnit) {
  return agent(`triage.${unit.name}`, {
    ...mandateOf(unit.name),
    purpose: `Decide how urgently ${unit.name}, whose mission impact is ${unit.mission}, handles a vulnerability`,
    perceive: on('vulnerability.enriched', Enriched),
    recall: {
      earlier: history('vulnerability.enriched'),
      mission: reference('asset-register', () => unit.mission),
    },
    reason: coordinator,
    given: ({ event, facts }) => ({
      exploitation: event.data.exploitation,
      automatable: event.data.automatable,
      technicalImpact: event.data.technicalImpact,
      mission: facts.mission,
      alreadyTicketed: decidedBefore(event, facts.earlier),
    }),
    propose: ({ event, decided }) => respond(unit.name, event.data, decided),
  });
}

function byExposure(unit: ExposureUnit) {
  return agent(`triage.${unit.name}`, {
    ...mandateOf(unit.name),
    purpose: `Decide by when ${unit.name}, with assets exposed: ${unit.exposed}, must remedy a vulnerability`,
    perceive: on('vulnerability.enriched', Enriched),
    recall: {
      earlier: history('vulnerability.enriched'),
      exposed: reference('asset-register', () => unit.exposed),
    },
    reason: bod2604,
    given: ({ event, facts }) => ({
      inKev: inKev(event.data),
      exposed: facts.exposed,
      automatable: event.data.automatable,
      technicalImpact: event.data.technicalImpact,
      alreadyTicketed: decidedBefore(event, facts.earlier),
    }),
    propose: ({ event, decided }) => respond(unit.name, event.data, decided),
  });
}

function mandateOf(unit: string) {
  return {
    tenant: 'security',
    owner: `${unit}-systems`,
    expires: '2027-12-31',
    act: [openTicket.on(`${unit}/`), escalate.on(`${unit}/`), watch.on(`${unit}/`), orderRemediation.granted],
    autonomy: { default: 'L3' },
  } as const;
}

function respond(unit: string, about: Enriched, { outcome, response, dueInDays, order }: UnitResponse) {
  const { subject, title, product, analysedAt, kev } = about;
  const due = new Date(Date.parse(analysedAt) + dueInDays * DAY).toISOString().slice(0, 10);
  const why = `${outcome} for ${unit}`;
  const ticket = { unit, subject, title, product, outcome, due };
  const ordered = order ? [orderRemediation.with({ subject, unit, title, product, outcome, due, kev }, why)] : [];
  switch (response) {
    case 'escalate':
      return [escalate.with(ticket, why), ...ordered];
    case 'ticket':
      return [openTicket.with(ticket, why), ...ordered];
    case 'watch':
      return [watch.with({ unit, subject, title }, why)];
    case 'none':
      return [];
  }
}

function inKev({ kev }: Enriched): 'no' | 'yes' {
  return kev === null ? 'no' : 'yes';
}

/** Whether the same case was before this unit already: a CVE published again with nothing new that the tables look at. */
function decidedBefore({ data }: Event<Enriched>, earlier: readonly Event[]): boolean {
  return earlier.some((event) => {
    const before = Enriched.parse(event.data);
    return (
      before.exploitation === data.exploitation &&
      before.automatable === data.automatable &&
      before.technicalImpact === data.technicalImpact &&
      inKev(before) === inKev(data)
    );
  });
}
