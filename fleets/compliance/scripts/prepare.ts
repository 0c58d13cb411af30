/**
 * Makes the shipped data from its origins: `node fleets/compliance/scripts/prepare.ts FOLDER`, where FOLDER holds `reg-change`,
 * `controls-nist` and `internal-sops` as described in `../data/README.md`.
 *
 * What goes in as events is what a publisher publishes: the whole text of every version, section by section, unchanged
 * sections too. The labelled changes are used to build the later versions and go into the reference answers, nowhere else.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

interface Version {
  readonly regulation: string;
  readonly cfr: string;
  readonly version: string;
  readonly effective_on: string;
  readonly publication_date: string;
  readonly paragraphs: number;
}
interface Change {
  readonly regulation: string;
  readonly from: string;
  readonly to: string;
  readonly effective_on: string;
  readonly label: string;
  readonly op: 'added' | 'modified' | 'deleted';
  readonly title?: string;
  readonly old_text?: string;
  readonly new_text?: string;
}
interface BaseParagraph {
  readonly regulation: string;
  readonly label: string;
  readonly title?: string;
  readonly text: string;
}
interface Control {
  readonly id: string;
  readonly title: string;
  readonly statement?: string;
  readonly baselines?: readonly string[];
}
interface ControlChange {
  readonly baseline: string;
  readonly control: string;
  readonly change: string;
  readonly fields?: readonly string[];
}
interface Sop {
  readonly kind: string;
  readonly file: string;
  readonly meta: {
    readonly name: string;
    readonly acronym?: string;
    readonly id?: string;
    readonly satisfies?: { readonly TSC: readonly string[] };
  };
  readonly body: string;
}
interface Paragraph {
  readonly label: string;
  readonly title: string | null;
  readonly text: string;
}
interface Edition extends Version {
  readonly supersedes: string | null;
  /** By when this version and all before it had been published. */
  readonly publishedOn: string;
  readonly text: ReadonlyMap<string, Paragraph>;
}

/** A section above this size in any version is published paragraph by paragraph, so that no event comes near 64 kB. */
const SECTION_BYTES = 48_000;
const BASELINES = ['LOW', 'MODERATE', 'HIGH'] as const;

const origin = process.argv[2];
if (origin === undefined) throw new Error('say where the origins are: `prepare.ts FOLDER`');
const data = join(import.meta.dirname, '..', 'data');
const changes = lines<Change>('reg-change/changes.jsonl');
const editions = readEditions();

writeEvents('regulations.jsonl.br', regulationEvents());
writeEvents('controls.jsonl.br', controlEvents());
writeAnswers(
  'regulation-changes.jsonl.gz',
  changes.map(({ regulation, from, to, label, op, effective_on }) => ({
    regulation,
    from,
    to,
    label,
    op,
    effective_on,
  })),
);
writeAnswers(
  'control-changes.jsonl.gz',
  lines<ControlChange>('controls-nist/rev4_to_rev5_changes.jsonl').map(({ baseline, control, change, fields }) => ({
    baseline,
    control,
    change,
    ...(fields && { fields }),
  })),
);
writeFileSync(join(data, 'procedures.jsonl'), jsonl(procedures()));

function lines<T>(file: string): T[] {
  const text = readFileSync(join(origin ?? '', file), 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);
}

/** Every version of every regulation, made by applying the changes in order; checked against the published counts. */
function readEditions(): readonly Edition[] {
  const now = new Map<string, Map<string, Paragraph>>();
  for (const { regulation, label, title, text } of lines<BaseParagraph>('reg-change/base_text.jsonl')) {
    const paragraphs = now.get(regulation) ?? new Map<string, Paragraph>();
    now.set(regulation, paragraphs.set(label, { label, title: title ?? null, text }));
  }
  const last = new Map<string, Edition>();
  return lines<Version>('reg-change/versions.jsonl').map((version) => {
    const { regulation } = version;
    const before = last.get(regulation);
    const text = now.get(regulation) ?? new Map<string, Paragraph>();
    for (const change of changes) {
      if (change.regulation === regulation && change.from === before?.version && change.to === version.version) {
        apply(text, change);
      }
    }
    if (text.size !== version.paragraphs) throw new Error(`${regulation} ${version.version}: ${text.size} paragraphs`);
    const earliest = before?.publishedOn ?? '';
    const edition: Edition = {
      ...version,
      supersedes: before?.version ?? null,
      publishedOn: version.publication_date > earliest ? version.publication_date : earliest,
      text: new Map(text),
    };
    last.set(regulation, edition);
    return edition;
  });
}

function apply(text: Map<string, Paragraph>, { label, op, title, old_text, new_text }: Change): void {
  const before = text.get(label);
  if ((before?.text ?? undefined) !== old_text) throw new Error(`\`${label}\`: the old text is another`);
  if (op === 'deleted') text.delete(label);
  else text.set(label, { label, title: title ?? null, text: new_text ?? '' });
}

/** One event for each section of each version, and one with no paragraphs when a section is gone. */
function regulationEvents(): readonly { readonly time: string }[] {
  const sectionOf = divide(new Set(editions.flatMap(({ text }) => [...text.keys()])), 2);
  const standing = new Map<string, Set<string>>();
  const ofDay = new Map<string, number>();
  return editions.flatMap((edition) => {
    const { regulation, cfr, version, supersedes, publishedOn, effective_on } = edition;
    const minute = ofDay.get(regulation + publishedOn) ?? 0;
    ofDay.set(regulation + publishedOn, minute + 1);
    const sections = new Map([...(standing.get(regulation) ?? [])].map((section) => [section, [] as Paragraph[]]));
    for (const paragraph of edition.text.values()) {
      const section = sectionOf.get(paragraph.label) ?? regulation;
      sections.set(section, [...(sections.get(section) ?? []), paragraph]);
    }
    standing.set(regulation, new Set([...sections].filter(([, { length }]) => length > 0).map(([section]) => section)));
    return [...sections].map(([section, paragraphs]) => ({
      id: `${version}/${section}`,
      source: 'regulator/cfpb',
      type: 'regulation.section-published',
      subject: section,
      // Versions published on one day are one minute apart, in the order in which they amend each other.
      time: `${publishedOn}T09:${String(minute).padStart(2, '0')}:00Z`,
      data: { regulation, cfr, version, supersedes, section, publishedOn, effectiveOn: effective_on, paragraphs },
    }));
  });
}

/** Section of every label: its first two parts (`1003-4`), or more of them where that would be too much text. */
function divide(labels: ReadonlySet<string>, parts: number): ReadonlyMap<string, string> {
  const sections = Map.groupBy(labels, (label) => label.split('-').slice(0, parts).join('-'));
  const sectionOf = new Map<string, string>();
  for (const [section, members] of sections) {
    const most = Math.max(
      ...editions.map(({ text }) => JSON.stringify(members.flatMap((label) => text.get(label) ?? [])).length),
    );
    const divided = most > SECTION_BYTES && members.length > 1 ? divide(new Set(members), parts + 1) : null;
    for (const label of members) sectionOf.set(label, divided?.get(label) ?? section);
  }
  return sectionOf;
}

/**
 * One event for each control of each baseline, revision by revision, and one that says it is no member any more. The days are
 * NIST's: revision 4 of 2013-04-30; revision 5 of 2020-09-23, which replaced it one year later, when revision 4 was withdrawn.
 */
function controlEvents(): readonly { readonly time: string }[] {
  const revisions = [
    { revision: 'rev4', supersedes: null, publishedOn: '2013-04-30', effectiveOn: '2013-04-30', file: 'rev4_controls' },
    {
      revision: 'rev5',
      supersedes: 'rev4',
      publishedOn: '2020-09-23',
      effectiveOn: '2021-09-23',
      file: 'rev5_baseline_controls',
    },
  ];
  const standing = new Set<string>();
  return revisions.flatMap(({ file, ...revision }) => {
    const controls = new Map(lines<Control>(`controls-nist/${file}.jsonl`).map((control) => [control.id, control]));
    return BASELINES.flatMap((baseline) => {
      const members = [...controls.values()].filter(({ baselines }) => baselines?.includes(baseline));
      const gone = [...standing].filter(
        (key) => key.startsWith(`${baseline}/`) && !members.some(({ id }) => key === `${baseline}/${id}`),
      );
      for (const { id } of members) standing.add(`${baseline}/${id}`);
      const event = (control: string, text: { title: string; statement: string } | null) => ({
        id: `${revision.revision}/${baseline}/${control}`,
        source: 'standards/nist',
        type: 'control.published',
        subject: `${baseline}/${control}`,
        time: `${revision.publishedOn}T12:00:00Z`,
        data: { baseline, control, ...revision, member: text !== null, ...(text ?? { title: null, statement: null }) },
      });
      return [
        ...members.map(({ id, title, statement }) => event(id, { title, statement: statement ?? '' })),
        ...gone.map((key) => event(key.slice(baseline.length + 1), null)),
      ];
    });
  });
}

/** What routing needs of the internal documents; a body under 40 characters is a heading with nothing written under it. */
function procedures(): readonly object[] {
  const sops = JSON.parse(readFileSync(join(origin ?? '', 'internal-sops/comply_soc2.json'), 'utf8')) as readonly Sop[];
  return sops.map(({ kind, file, meta, body }) => ({
    kind,
    file,
    name: meta.name,
    ...(meta.id !== undefined && { procedure: meta.id }),
    satisfies: meta.satisfies?.TSC ?? [],
    written: body.trim().length >= 40,
  }));
}

/** Brotli with a window as large as the file: a text that stands unchanged through twelve versions is stored once. */
function writeEvents(file: string, events: readonly { readonly time: string }[]): void {
  const inTime = events.toSorted((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
  const bytes = Buffer.from(jsonl(inTime));
  const compressed = brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  });
  writeFileSync(join(data, file), compressed);
  console.log(`${file}: ${events.length} events, ${bytes.length} bytes, ${compressed.length} compressed`);
}

function writeAnswers(file: string, rows: readonly object[]): void {
  const bytes = gzipSync(jsonl(rows), { level: 9 });
  writeFileSync(join(data, file), bytes);
  console.log(`${file}: ${rows.length} rows, ${bytes.length} compressed`);
}

function jsonl(rows: readonly object[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
}
