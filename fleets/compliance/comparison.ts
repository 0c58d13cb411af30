import { history, type Event } from '../../src/sdk/index.ts';
import { PublishedControl, PublishedSection, type Paragraph } from './events.ts';

/**
 * What an agent sees when it lays a text beside the one it knew: facts, no judgement. Whether it is a change is for the
 * decision tables.
 */

interface Sources<T> {
  readonly event: Event<T>;
  history(): Promise<readonly Event[]>;
}

/** How a paragraph of the earlier text compares with the later one. */
interface ParagraphState {
  /** False when the section stood in a version that this one does not amend: one in between has not been seen. */
  readonly inSequence: boolean;
  readonly existed: boolean;
  readonly exists: boolean;
  readonly sameTitle: boolean;
  readonly sameText: boolean;
}

/** The few states that occur in a section, and which of them each paragraph is in (by position). */
interface SectionComparison {
  readonly states: readonly ParagraphState[];
  readonly paragraphs: readonly { readonly label: string; readonly state: number }[];
}

/** Recalls the section as last published and compares. Titles and texts are the same when they are the same to the byte. */
export const comparedSections = {
  async fetch({ event, history: past }: Sources<PublishedSection>): Promise<SectionComparison> {
    const before = await last(past, event.type);
    return compareSections(before === undefined ? null : PublishedSection.parse(before.data), event.data);
  },
  label: history().label,
};

/** Pure. Paragraphs that stand now in their order, then those that are gone in theirs. */
export function compareSections(earlier: PublishedSection | null, now: PublishedSection): SectionComparison {
  const was = byLabel(earlier?.paragraphs ?? []);
  const is = byLabel(now.paragraphs);
  // A section that is gone is not published again until it comes back.
  const inSequence = was.size === 0 || earlier?.version === now.supersedes;
  const states: ParagraphState[] = [];
  const indexes = new Map<string, number>();
  const paragraphs = [...new Set([...is.keys(), ...was.keys()])].map((label) => {
    const state = { inSequence, ...stateOf(was.get(label), is.get(label)) };
    const key = JSON.stringify(state);
    const index = indexes.get(key) ?? states.push(state) - 1;
    indexes.set(key, index);
    return { label, state: index };
  });
  return { states, paragraphs };
}

function byLabel(paragraphs: readonly Paragraph[]): ReadonlyMap<string, Paragraph> {
  return new Map(paragraphs.map((paragraph) => [paragraph.label, paragraph]));
}

function stateOf(was: Paragraph | undefined, is: Paragraph | undefined): Omit<ParagraphState, 'inSequence'> {
  const both = was !== undefined && is !== undefined;
  return {
    existed: was !== undefined,
    exists: is !== undefined,
    sameTitle: both && was.title === is.title,
    sameText: both && was.text === is.text,
  };
}

interface ControlComparison {
  readonly wasMember: boolean;
  readonly isMember: boolean;
  readonly sameTitle: boolean;
  readonly sameStatement: boolean;
}

/**
 * Recalls the control as the baseline last had it and compares. Titles are the same when they have the same words: NIST
 * writes `Denial of Service` and `Denial-of-service`, `Deny by Default / Allow` and `Deny by Default — Allow`. Statements
 * are the same when they are the same to the byte.
 */
export const comparedControls = {
  async fetch({ event, history: past }: Sources<PublishedControl>): Promise<ControlComparison> {
    const before = await last(past, event.type);
    return compareControls(before === undefined ? null : PublishedControl.parse(before.data), event.data);
  },
  label: history().label,
};

/** Pure. */
export function compareControls(earlier: PublishedControl | null, now: PublishedControl): ControlComparison {
  const wasMember = earlier?.member ?? false;
  const both = wasMember && now.member;
  return {
    wasMember,
    isMember: now.member,
    sameTitle: both && words(earlier?.title) === words(now.title),
    sameStatement: both && earlier?.statement === now.statement,
  };
}

function words(title: string | null | undefined): string {
  return (
    (title ?? '')
      .toLowerCase()
      .match(/[a-z0-9]+/g)
      ?.join(' ') ?? ''
  );
}

async function last(past: () => Promise<readonly Event[]>, type: string): Promise<Event | undefined> {
  return (await past()).findLast((event) => event.type === type);
}
