import type { Pool } from 'pg';
import type { Document } from '../../vocabulary/index.ts';
import type { Documents } from '../documents.ts';
import type { ApprovalRecords } from './approval-rows.ts';
import { createDelegations, type Delegations, type PeopleOf } from './delegations.ts';
import { createDesk, type Desk, type DeskOptions } from './desk.ts';
import { createReconsidering } from './reconsider.ts';
import { createShown } from './shown.ts';
import { lawsInForce } from '../standing.ts';

/** Everything about people's answers. */
export interface Approvals extends Desk {
  readonly delegations: Delegations;
}

export interface ApprovalsOptions extends Omit<DeskOptions, 'delegations' | 'shown' | 'reconsidering'> {
  readonly pool: Pool;
  readonly documents: Documents;
  readonly approvals: ApprovalRecords;
  readonly peopleOf: PeopleOf;
  /** Resolves when there is room for more runs. */
  room(): Promise<void>;
  onTrouble(what: string): void;
}

export function createApprovals(options: ApprovalsOptions): Approvals {
  const delegations = createDelegations(options);
  const reconsidering = createReconsidering({
    ...options,
    laws: () => lawsInForce(options.standing()),
    agentVersions: () => options.registry.agents.map(({ version }) => version),
  });
  const desk = createDesk({ ...options, delegations, shown: createShown(options.pool), reconsidering });
  return { ...desk, delegations };
}

/** Those of people who are on record and have not left. */
export function peopleOnRecord(documents: Pick<Documents, 'find'>): PeopleOf {
  return async (people) => {
    const found = await Promise.all(people.map((person) => documents.find<Known>('person', person)));
    return new Map(
      found
        .filter((one): one is Document<Known> => one?.state === 'active')
        .map(({ id, content: { name, teams, grants } }) => {
          const person = id as (typeof people)[number];
          return [person, { person, name, teams, grants }] as const;
        }),
    );
  };
}

type Known = Omit<Awaited<ReturnType<PeopleOf>> extends ReadonlyMap<unknown, infer P> ? P : never, 'person'>;
