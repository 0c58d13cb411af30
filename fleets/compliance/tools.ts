import { z } from 'zod';
import { http, publish, tool } from '../../src/sdk/index.ts';
import { ControlChange, RegulationChange, ReviewRequest } from './events.ts';

const Receipt = z.object({ id: z.string(), status: z.string() });

/** What the owner of a requirement is asked to do, and by when. */
const ChangeTask = z.object({
  changeSet: z.string(),
  owner: z.string(),
  priority: z.string(),
  title: z.string(),
  dueOn: z.iso.date(),
  changes: z.int().positive(),
});

const Retirement = z.object({
  /** The control or section that is no longer asked for. */
  requirement: z.string(),
  changeSet: z.string(),
  owner: z.string(),
  from: z.iso.date(),
});

const ReviewTicket = z.object({
  changeSet: z.string(),
  owner: z.string(),
  queue: z.string(),
  priority: z.string(),
  dueOn: z.iso.date(),
  documents: z.array(z.object({ name: z.string(), action: z.string() })).min(1),
});

const Notice = z.object({ changeSet: z.string(), to: z.string(), text: z.string() });

export const publishRegulationChange = publish('regulation.changed', {
  description: 'Say what a version changes in a section',
  data: RegulationChange,
});

export const publishControlChange = publish('control.changed', {
  description: 'Say what a revision changes in a control of a baseline',
  data: ControlChange,
});

export const askForReview = publish('procedure.review-asked', {
  description: 'Ask the owners of the internal documents concerned to review them',
  data: ReviewRequest,
});

export const withdrawChangeTask = tool('grc.withdraw-change-task', {
  description: 'Withdraw a change task',
  input: Receipt,
  output: Receipt,
  effect: 'E1',
  call: http('grc', 'POST /change-tasks/{id}/withdraw'),
});

export const openChangeTask = tool('grc.open-change-task', {
  description: 'Give the owner of a requirement a task, due on the day the change takes effect',
  input: ChangeTask,
  output: Receipt,
  effect: 'E1',
  compensate: withdrawChangeTask,
  resource: ({ changeSet }) => changeSet,
  call: http('grc', 'POST /change-tasks'),
});

/** Read first, so that whoever approves a retirement finds in the record what the register said. */
export const readRegister = tool('grc.read-register', {
  description: 'Read what the register of requirements says of one',
  input: z.object({ requirement: z.string() }),
  output: z.object({ items: z.array(z.json()) }),
  effect: 'E0',
  resource: ({ requirement }) => requirement,
  call: http('grc', 'GET /requirements?reference={requirement}'),
});

/** What is retired is no longer tested or attested, so a person agrees. */
export const retireRequirement = tool('grc.retire-requirement', {
  description: 'Retire a requirement that is no longer asked for',
  input: Retirement,
  output: Receipt,
  effect: 'E1',
  risk: 'high',
  resource: ({ requirement }) => requirement,
  call: http('grc', 'POST /retirements'),
});

export const openReviewTicket = tool('ticketing.open-review', {
  description: 'Open a ticket for the review of internal documents',
  input: ReviewTicket,
  output: Receipt,
  effect: 'E2',
  resource: ({ changeSet }) => changeSet,
  call: http('ticketing', 'POST /tickets'),
  lookup: http('ticketing', 'GET /tickets/by-reference/{reference}'),
});

/** A message to people: it can neither be recognised as a repeat nor asked for later. */
export const sendNotice = tool('ticketing.send-notice', {
  description: 'Tell people at once of a change with little or no time left',
  input: Notice,
  output: Receipt,
  effect: 'E3',
  resource: ({ changeSet }) => changeSet,
  call: http('ticketing', 'POST /notices'),
});
