/** What a worker of the proof `approval-protocol` says of itself, in a file that only it writes: it outlives the worker. */
import { readFileSync } from 'node:fs';
import type { ApprovalId, Digest, PersonId, Requirement } from '../../src/vocabulary/index.ts';

export const ANSWERS = ['approve', 'decline', 'edit', 'withdraw'] as const;
export type AnswerKind = (typeof ANSWERS)[number];
export type StepKind =
  | AnswerKind
  | 'request'
  | 'look'
  | 'delegate'
  | 'revoke'
  | 'sweep'
  | 'publish'
  | 'stop'
  | 'lift'
  | 'execute'
  | 'execute-again';

/** Before a step: where the ledger stood at least. */
export interface Begun {
  readonly t: 'begin';
  /** Of the attempt; an answer carries it as its reason. */
  readonly n: string;
  readonly kind: StepKind;
  readonly seq: number;
  readonly at: number;
  readonly approval?: ApprovalId;
  readonly person?: PersonId;
  readonly digest?: Digest;
  readonly onBehalfOf?: PersonId | null;
  /** Canonical text of edited arguments, and whether the law has anything against them. */
  readonly argumentsText?: string;
  readonly forbidden?: boolean;
  readonly shownAt?: number | null;
}

/** After it: where the ledger stood at most, and what came of it. */
export interface Ended {
  readonly t: 'end';
  readonly n: string;
  readonly seq: number;
  readonly at: number;
  /** `ok`, or the code of the fault. */
  readonly code: string;
  readonly why?: string;
}

/** Who has to answer, by the digest that is bound: written before it is put on record. */
export interface Asked {
  readonly t: 'rule';
  readonly rule: Digest;
  readonly requirements: readonly Requirement[];
}

/** The moment at which an answer was weighed: written before it is put on record. */
export interface Weighed {
  readonly t: 'vote';
  readonly n: string;
  readonly at: number;
}

export type Line = Begun | Ended | Asked | Weighed;

/** The last line of one that was killed may be cut off. */
export function readLog(path: string): readonly Line[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((line): Line[] => {
      try {
        return line === '' ? [] : [JSON.parse(line) as Line];
      } catch {
        return [];
      }
    });
}
