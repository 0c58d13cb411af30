import { bigint, integer, jsonb, pgSchema, text, timestamp } from 'drizzle-orm/pg-core';
import type {
  AgentId,
  Approval,
  ApprovalId,
  ApprovalState,
  Digest,
  EffectClass,
  EffectState,
  EntryKind,
  EventId,
  Label,
  PermitId,
  PersonId,
  RunId,
  RunState,
  TenantId,
  ToolId,
} from '../vocabulary/index.ts';

/**
 * The tables of the record as far as they are read here, for typed queries. The migrations (`host/migrations`) are what the
 * tables are; a journey holds these columns against a database that was migrated.
 */
const reeve = pgSchema('reeve');
const seq = () => bigint({ mode: 'number' }).notNull();
const time = () => timestamp({ withTimezone: true, mode: 'date' });

export const entry = reeve.table('entry', {
  seq: bigint({ mode: 'number' }).primaryKey(),
  kind: text().$type<EntryKind>().notNull(),
  tenant: text().$type<TenantId>().notNull(),
  run: text().$type<RunId>(),
  agent: text().$type<AgentId>(),
  at: time().notNull(),
  /** Canonical text of the whole entry: what is hashed and sealed. */
  body: text().notNull(),
});

export const event = reeve.table('event', {
  id: text().$type<EventId>().primaryKey(),
  seq: seq(),
  tenant: text().$type<TenantId>().notNull(),
  type: text().notNull(),
  source: text().notNull(),
  sourceId: text('source_id').notNull(),
  subject: text().notNull(),
  time: text().notNull(),
  /** Canonical text. */
  data: text().notNull(),
  dataDigest: text('data_digest').$type<Digest>().notNull(),
  label: jsonb().$type<Label>().notNull(),
  principal: text().$type<PersonId>(),
  /** Null when it is its own. */
  root: text().$type<EventId>(),
  depth: integer().notNull(),
});

export const run = reeve.table('run', {
  id: text().$type<RunId>().primaryKey(),
  /** That of its event. */
  seq: seq(),
  tenant: text().$type<TenantId>().notNull(),
  agent: text().$type<AgentId>().notNull(),
  agentVersion: text('agent_version').$type<Digest>().notNull(),
  event: text().$type<EventId>().notNull(),
  subject: text().notNull(),
  state: text().$type<RunState>().notNull(),
  why: text().notNull(),
  attempts: integer().notNull(),
  admittedAt: timestamp('admitted_at', { withTimezone: true, mode: 'date' }).notNull(),
  endedAt: timestamp('ended_at', { withTimezone: true, mode: 'date' }),
});

export const effect = reeve.table('effect', {
  permit: text().$type<PermitId>().primaryKey(),
  seq: seq(),
  run: text().$type<RunId>().notNull(),
  step: integer().notNull(),
  tenant: text().$type<TenantId>().notNull(),
  agent: text().$type<AgentId>().notNull(),
  tool: text().$type<ToolId>().notNull(),
  class: text().$type<EffectClass>().notNull(),
  system: text(),
  state: text().$type<EffectState>().notNull(),
  /** Canonical text: the exact bytes that were judged. */
  arguments: text().notNull(),
  argumentsDigest: text('arguments_digest').$type<Digest>().notNull(),
  amountMinor: bigint('amount_minor', { mode: 'number' }),
  currency: text(),
  why: text().notNull(),
  intendedAt: timestamp('intended_at', { withTimezone: true, mode: 'date' }).notNull(),
  endedAt: timestamp('ended_at', { withTimezone: true, mode: 'date' }),
});

export const approval = reeve.table('approval', {
  id: text().$type<ApprovalId>().primaryKey(),
  seq: seq(),
  run: text().$type<RunId>().notNull(),
  step: integer().notNull(),
  tenant: text().$type<TenantId>().notNull(),
  agent: text().$type<AgentId>().notNull(),
  tool: text().$type<ToolId>().notNull(),
  intentDigest: text('intent_digest').$type<Digest>().notNull(),
  policies: text().array().notNull(),
  roles: text().array().notNull(),
  state: text().$type<ApprovalState>().notNull(),
  askedAt: timestamp('asked_at', { withTimezone: true, mode: 'date' }).notNull(),
  expiresAt: timestamp('expires_at', { withTimezone: true, mode: 'date' }).notNull(),
  rev: integer().notNull(),
  permit: text().$type<PermitId>(),
  /** All of it but for `id`, `rev` and `state`; null when it was asked by a version that could not be answered. */
  content: jsonb().$type<Omit<Approval, 'id' | 'rev' | 'state'>>(),
  settledAt: timestamp('settled_at', { withTimezone: true, mode: 'date' }),
});

/** What was put before the law, but for the amount; each once. */
export const judgedCase = reeve.table('judged_case', {
  digest: text().$type<Digest>().primaryKey(),
  /** Canonical. */
  text: text().notNull(),
});

/** All of them, to be held against a real database. */
export const RECORD_TABLES = [entry, event, run, effect, approval, judgedCase] as const;
