import type { Pool } from 'pg';
import { createActor, type ActorStats, type ToolSystem } from '../act/index.ts';
import { createRegistry, type Registry } from '../fleet/index.ts';
import { createJudge, createPermits, type PolicySources } from '../govern/index.ts';
import type { LedgerWriter, NoteSigner, WriterStats } from '../ledger/index.ts';
import { admitRaw, perceive, type Bringer } from '../perceive/index.ts';
import {
  Misuse,
  type Clock,
  type Fleet,
  type Json,
  type PermitId,
  type RawEvent,
  type RunId,
} from '../vocabulary/index.ts';
import { createApprovalRecords } from './approvals/approval-rows.ts';
import { createSeededChecks } from './approvals/seeded-checks.ts';
import { createApprovals, peopleOnRecord, type Approvals } from './approvals/start.ts';
import { createAdmission, type Admitted } from './admission.ts';
import type { Autonomy } from './autonomy/autonomy.ts';
import type { Incidents } from './autonomy/incidents.ts';
import type { Reviews } from './autonomy/reviews.ts';
import { prepareAutonomy } from './autonomy/start.ts';
import { budgetChange } from './budgets/budget-kind.ts';
import { createBudgets, type Budgets } from './budgets/budgets.ts';
import { createLeakSweep } from './budgets/leaks.ts';
import { createReservations } from './budgets/reservations.ts';
import { createConductor, type Conductor } from './conductor.ts';
import { createDocuments, type Documents } from './documents.ts';
import { createDispatcher, type DispatchLimits } from './dispatch.ts';
import { startEngine, type Engine } from './engine.ts';
import { createFeeder } from './feeder.ts';
import { startGrants, type GrantsOfFabric } from './grants/start.ts';
import { createLiveWorld, type LiveWorldOptions, type Sender } from './live-world.ts';
import { createMotions, type Motions } from './motions.ts';
import type { Policies } from './policies/policies.ts';
import { openLawgiving } from './policies/start.ts';
import type { People } from './people/people.ts';
import { startPeople } from './people/start.ts';
import { createRecords, type Records } from './records.ts';
import { startSettling } from './settling.ts';
import type { RunEnd } from './world.ts';
import { putLawOnRecord } from './registration.ts';
import { readStanding, type Fence, type Standing } from './standing.ts';
import { createFences, type Fences } from './stop/fences.ts';
import { liftKind } from './stop/lift.ts';
import type { NoteFolder } from './stop/stop-notes.ts';
import { createStops } from './stop/stops.ts';
import { createTrees } from './stop/trees.ts';
import { startSweeper } from './sweeper.ts';
import { subscribe } from './subscriptions.ts';
import { createTemplates } from './templates.ts';
import { startWebhooks, type Webhooks, type WebhooksOptions } from './webhooks/webhooks.ts';

export interface FabricOptions {
  readonly fleets: readonly Fleet[];
  /** Of this release, or of a folder that was named: enforced at the very first start, a draft at every later one. */
  readonly policies: PolicySources;
  /** Signs policies before they are enforced. */
  readonly signer: NoteSigner;
  readonly pool: Pool;
  readonly writer: LedgerWriter;
  readonly clock: Clock;
  readonly engine: { readonly ingress: string; readonly admin: string; readonly servicePort: number };
  readonly limits: DispatchLimits;
  /** Most calls of one tool at once. */
  readonly callsPerTool: number;
  readonly systems: Readonly<Record<string, ToolSystem>>;
  /** Where stops lie until they are on record. */
  readonly stops: NoteFolder;
  /** Requests that can never execute, for a share of what people are asked. Absent: none. */
  readonly seededChecks?: { readonly share: number; readonly key: string };
  /** Keeps secrets that have to be used again. */
  readonly secrets: WebhooksOptions['box'];
  /** Address of the API, for links; null while it is not known. */
  apiUrl?(): string | null;
  readonly environment: 'development' | 'production';
  /** Of the code. */
  readonly version: string;
  /** What takes the second person's place where there is only one; a minute by default. */
  readonly singleOperatorDelayMs?: number;
  /** Account of the only person of a first start; without it there is nobody. */
  readonly firstAccount?: string;
  /** People, their rights or tokens have changed. */
  onPeopleChanged?(): void;
  /** Something went wrong that mends itself or is counted elsewhere; for the log. */
  onTrouble?(what: string): void;
}

/** The running fabric. */
export interface Fabric {
  readonly registry: Registry;
  readonly documents: Documents;
  /** Changes that need a second person. */
  readonly motions: Motions;
  /** People, as far as no second person is needed. */
  readonly people: People;
  /** Whether one person runs this installation alone. */
  isSingle(): boolean;
  /** Where people answer. */
  readonly approvals: Approvals;
  /** Where others are told what happens. */
  readonly webhooks: Webhooks;
  readonly budgets: Budgets;
  /** How freely agents act. */
  readonly autonomy: Autonomy;
  readonly incidents: Incidents;
  readonly reviews: Reviews;
  readonly grants: GrantsOfFabric;
  /** The law, and how it changes. */
  readonly policies: Policies;
  /** Does what is due by the clock now; it is done by itself twice a second. */
  sweep(): Promise<void>;
  /** A CloudEvent from outside. Throws what `perceive` and `Admission.admit` throw. */
  receive(raw: unknown, bringer: Bringer): Promise<Admitted>;
  /** Works through a fleet's shipped records from where the last start left off; resolves when all are admitted. */
  feed(fleet: Fleet, options: { readonly all: boolean }): Promise<number>;
  /** Stopping any part of the fleet, and giving it back. */
  readonly fences: Fences;
  /** Resolves when a run that was just admitted has ended or parked; null when it was set aside. Ask before it can have ended. */
  endOf(run: RunId): Promise<RunEnd | null>;
  /** Resolves when every admitted run has ended or waits for a person. */
  idle(): Promise<void>;
  status(): FabricStatus;
  stop(): Promise<void>;
}

export interface FabricStatus {
  readonly queue: { readonly queued: number; readonly active: number; readonly room: number; readonly bound: number };
  readonly ended: ReturnType<Conductor['ended']>;
  readonly admitted: number;
  readonly writer: WriterStats;
  /** Batches handed to the engine: one invocation each. */
  readonly engine: { readonly batches: number };
  readonly act: ActorStats;
  readonly fences: readonly Fence[];
  readonly policies: string;
  readonly trouble: { readonly count: number; readonly last: string | null };
}

/** How long a stop waits for the runs that are under way. */
const DRAIN_MS = 5_000;
/** Source of events that agents publish; what follows is the agent's name. */
export const AGENT_SOURCE = 'agents/';

/**
 * Starts the fabric: compiles every decision template, puts agents and policies on record, takes up what an earlier process
 * left, and opens for events.
 *
 * @throws Misuse `bad-decision-template`, `bad-fleet`; RetryLater `engine-unreachable`, `database-unreachable`.
 */
export async function startFabric(options: FabricOptions): Promise<Fabric> {
  const { fleets, pool, writer, clock } = options;
  const registry = createRegistry(fleets);
  const templates = createTemplates();
  for (const agent of registry.agents) await templates.of(agent);
  const subscribers = subscribe(registry.agents);
  const records = createRecords(pool);
  const documents = createDocuments(pool);
  const approvalRecords = createApprovalRecords(pool);
  const trouble = { count: 0, last: null as string | null };
  const noteTrouble = (what: string) => {
    trouble.count += 1;
    trouble.last = what;
    options.onTrouble?.(what);
  };

  const judge = createJudge();
  const lawgiving = await openLawgiving({ ...options, documents, judge, onTrouble: noteTrouble });
  let recorded: Standing = await readStanding(pool, lawgiving.book);
  await lawgiving.begin(recorded);
  const reload = async () => {
    const read = await readStanding(pool, lawgiving.book);
    // Two may read at once, and the one that read first may come last.
    if (read.number >= recorded.number) recorded = read;
  };
  const stops = createStops({
    writer,
    notes: options.stops,
    clock,
    recorded: () => recorded,
    reload,
    onTrouble: noteTrouble,
  });
  // What was stopped while nobody was there comes before all else.
  await stops.takeUp();
  await putLawOnRecord({ ...options, law: recorded.law }, registry);
  await reload();
  const { standing } = stops;
  const trees = createTrees(pool);

  const reservations = createReservations({ clock });
  const permits = createPermits();
  const underWay = new Map<PermitId, Sender>();
  const awaited = new Map<RunId, PromiseWithResolvers<RunEnd | null>>();
  const actor = createActor({
    systems: options.systems,
    spend: (permit) => permits.spend(permit),
    // A repeat that outlives its permit gets a new one under the same id, unless its scope has been stopped meanwhile.
    renew(permit) {
      return stops.holds(permit) === null ? permits.issue(permit, clock.now()) : null;
    },
    stopped: (permit) => stops.holds(permit),
    publish,
    clock,
    mostPerTool: options.callsPerTool,
  });
  const living: LiveWorldOptions = {
    registry,
    writer,
    judge,
    permits,
    clock,
    environment: options.environment,
    standing,
    reload,
    approvals: approvalRecords,
    reservations,
    beside: lawgiving.beside,
    pool,
    revision: (tool, intent) => actor.revision(tool, intent.argumentsText),
    putOff: () => approvals.putOff(),
    past: records,
    templates,
    actor,
    underWay,
  };
  const world = createLiveWorld(living);
  const conductor = createConductor({
    registry,
    records,
    writer,
    world,
    onFinished: (run, end) => {
      dispatcher.finished(run);
      awaited.get(run)?.resolve(end);
      awaited.delete(run);
    },
    onTrouble: (run, why) => noteTrouble(`${run}: ${why}`),
  });
  const engine = Promise.withResolvers<Engine>();
  let batches = 0;
  const dispatcher = createDispatcher({
    limits: options.limits,
    // What an earlier process left is offered before the engine is there, and waits for it here.
    async submit(batch, runs) {
      batches += 1;
      await (await engine.promise).submit(batch, runs);
    },
    onTrouble: noteTrouble,
  });
  const admission = createAdmission({
    pool,
    writer,
    subscribers,
    room: () => dispatcher.room(),
    offer: (offered) => {
      for (const { run, agent, event } of offered) {
        trees.note(run.id, event);
        conductor.expect(run, agent, event);
        dispatcher.offer(run);
      }
    },
  });

  const checks = createSeededChecks({
    ...living,
    approvals: approvalRecords,
    documents,
    ...(options.seededChecks ?? { share: 0, key: '' }),
  });
  // Before any run can come to the gate: there it may be put off.
  const approvals = createApprovals({
    pool,
    writer,
    checks,
    records: { ...records, openRuns: records.askedRuns },
    documents,
    clock,
    registry,
    judge,
    environment: options.environment,
    approvals: approvalRecords,
    standing,
    revision: (tool, intent) => actor.revision(tool, intent.argumentsText),
    offer: (run) => dispatcher.offer(run, { again: true }),
    room: () => dispatcher.below(options.limits.maxQueued / 2),
    peopleOf: peopleOnRecord(documents),
    singleDelayMs: options.singleOperatorDelayMs ?? 60_000,
    onTrouble: noteTrouble,
  });

  await takeUp(records, (run) => dispatcher.offer(run));
  const started = await startEngine({
    ...options.engine,
    port: options.engine.servicePort,
    carryOut: (runs) => conductor.carryOut(runs),
  });
  engine.resolve(started);
  const laying = { registry, documents, writer, clock, standing, reload };
  const grants = startGrants({ ...laying, peopleOf: peopleOnRecord(documents) });
  const freedom = prepareAutonomy({ ...laying, pool });
  const persons = await startPeople(
    {
      documents,
      writer,
      clock,
      isSingle: () => standing().single,
      onChanged: () => options.onPeopleChanged?.(),
    },
    { account: options.firstAccount ?? null, law: standing().law },
  );
  await reload();
  const motions = createMotions({
    writer,
    documents,
    clock,
    kinds: [
      ...persons.kinds,
      ...lawgiving.kinds({ standing, reload, onLawChanged: () => approvals.reconsider() }),
      ...freedom.kinds,
      ...grants.kinds,
      budgetChange({ documents, registry }),
      liftKind(standing, () => settling.again()),
    ],
    isSingle: () => standing().single,
    singleDelayMs: options.singleOperatorDelayMs ?? 60_000,
    reload,
  });
  const policies = lawgiving.start({ motions, registry, standing });
  const fences = createFences({
    registry,
    stops,
    trees,
    motions,
    standing,
    drill: { writer, clock, reload, worldOf: (drilled) => createLiveWorld({ ...living, registry: drilled }) },
  });
  const { also: freedomSweeps, autonomy, incidents, reviews } = freedom.start(motions);
  const webhooks = await startWebhooks({
    pool,
    documents,
    writer,
    records,
    clock,
    box: options.secrets,
    api: () => options.apiUrl?.() ?? null,
    onTrouble: noteTrouble,
  });
  approvals.reconsider();
  const sweeper = startSweeper({
    documents,
    clock,
    handlers: {
      delegation: (document) => approvals.delegations.due(document),
      webhook: (document) => webhooks.due(document),
      motion: (document) => motions.due(document),
      review: (document) => reviews.due(document),
      'standing-grant': (document) => grants.due(document),
    },
    also: [
      ...freedomSweeps,
      createLeakSweep({ pool, writer, reservations, clock }),
      () => approvals.sweep(),
      () => checks.sow(),
    ],
    onTrouble: noteTrouble,
  });
  const settling = startSettling({ records, offer: (run) => dispatcher.offer(run), onTrouble: noteTrouble });
  const feeder = createFeeder({
    admission,
    dispatcher,
    records,
    subscribers,
    maxQueued: options.limits.maxQueued,
    onTrouble: noteTrouble,
  });

  return {
    registry,
    documents,
    motions,
    people: persons.people,
    isSingle: () => standing().single,
    policies,
    approvals,
    webhooks,
    autonomy,
    incidents,
    reviews,
    grants,
    budgets: createBudgets({ pool, documents, motions, clock }),
    sweep: () => sweeper.sweep(),
    async receive(raw, bringer) {
      const event = perceive(raw, bringer, subscribers);
      // Permit ids can be computed: an outsider could take the place of what an agent is about to publish.
      if (event.source.startsWith(AGENT_SOURCE)) {
        throw new Misuse('bad-event', `sources that begin with \`${AGENT_SOURCE}\` are the platform's own`);
      }
      return admission.admit(event);
    },
    feed: (fleet, how) => feeder.feed(fleet, how),
    fences,
    endOf(run) {
      // Of all who ask, each is told.
      const end = awaited.get(run) ?? Promise.withResolvers<RunEnd | null>();
      awaited.set(run, end);
      return end.promise;
    },
    async idle() {
      for (;;) {
        await approvals.settled();
        await dispatcher.idle();
        const isOver =
          !feeder.isFeeding() && (await settling.settled()) && dispatcher.queued() + dispatcher.active() === 0;
        if (isOver) return;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    status: () => ({
      queue: {
        queued: dispatcher.queued(),
        active: dispatcher.active(),
        room: dispatcher.room(),
        bound: options.limits.maxQueued,
      },
      ended: conductor.ended(),
      admitted: admission.admitted(),
      writer: writer.stats(),
      engine: { batches },
      act: actor.stats(),
      fences: [...standing().fences.values()],
      policies: standing().law.digest,
      trouble,
    }),
    async stop() {
      stops.close();
      feeder.stop();
      sweeper.stop();
      approvals.stop();
      await webhooks.stop();
      settling.stop();
      dispatcher.stop();
      // What is under way may end, for a while; what does not is found again at the next start, as after a crash.
      await Promise.race([conductor.drained(), new Promise((resolve) => setTimeout(resolve, DRAIN_MS).unref())]);
      conductor.stop();
      await actor.stop();
      await started.stop();
    },
  };

  /** What a tool of the kind `publish` does: a new event, whose dedupe key is the permit, so that doing it again does nothing. */
  async function publish(type: string, data: Json, key: PermitId): Promise<Json> {
    const sender = underWay.get(key);
    if (sender === undefined) throw new Misuse('permit-not-on-record', `\`${key}\` is not under way`);
    const receivedAt = new Date(clock.now()).toISOString();
    const raw: RawEvent = {
      id: key,
      source: `${AGENT_SOURCE}${sender.agent}`,
      type,
      subject: (data as { subject: string }).subject,
      time: receivedAt,
      data,
    };
    const { tenant, label, principal, because } = sender;
    const event = admitRaw(raw, { tenant, label, receivedAt, principal, because }, subscribers);
    await admission.admit(event, { evenWhenFull: true });
    return { event: event.id };
  }
}

/** Offers everything that an earlier process left queued, in order, before anything new comes in. */
async function takeUp(records: Records, offer: (run: Awaited<ReturnType<Records['queuedRuns']>>[number]) => void) {
  let after = { seq: 0, id: '' };
  for (;;) {
    const page = await records.queuedRuns(after, 1_000);
    for (const run of page) offer(run);
    const last = page.at(-1);
    if (last === undefined) return;
    after = last;
  }
}
