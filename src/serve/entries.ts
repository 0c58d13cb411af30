import { z } from '@hono/zod-openapi';
import type { EntryFilter } from '../observe/index.ts';
import { Misuse } from '../vocabulary/index.ts';
import type { ApiDeps, SealedHead } from './deps.ts';
import { endpoint, type Endpoint } from './endpoint.ts';
import { EntryShape } from './entry-shape.ts';
import { EntryKindText, Limit, RunIdText, Seq, SeqInPath } from './shapes.ts';

const CheckpointShape = z
  .object({
    origin: z.string(),
    size: Seq,
    root: z.string().openapi({ description: 'SHA-256 root over all entries up to `size`, base64' }),
    note: z.string().openapi({ description: 'signed, as c2sp.org/tlog-checkpoint has it' }),
  })
  .openapi('Checkpoint');

const EntryWithReceipt = z
  .object({
    entry: EntryShape,
    text: z.string().openapi({ description: 'canonical text of the entry: what is hashed' }),
    receipt: z
      .object({ proof: z.string().openapi({ description: 'a c2sp.org/tlog-proof file' }), checkpoint: CheckpointShape })
      .nullable()
      .openapi({ description: 'null until the entry is sealed, within about a second' }),
  })
  .openapi('EntryWithReceipt');

const EntryPage = z
  .object({
    items: z.array(EntryShape),
    next: Seq.nullable().openapi({ description: '`after` of the next page; null when there was no more' }),
  })
  .openapi('EntryPage');

const After = z
  .string()
  .regex(/^\d{1,15}$/, 'a position on record')
  .transform(Number)
  .default(0)
  .openapi({ type: 'integer', minimum: 0, default: 0 });

/** The ledger's entries, each with the proof that it is on record. */
export function entryEndpoints({ recordFor, sealer }: ApiDeps): readonly Endpoint[] {
  return [
    endpoint({
      method: 'get',
      path: '/v1/entries',
      right: 'record.read',
      tag: 'ledger',
      summary: 'Entries of the ledger, in its order',
      query: z.strictObject({ run: RunIdText.optional(), kind: EntryKindText.optional(), after: After, limit: Limit }),
      answers: { 200: { description: 'A page of entries', schema: EntryPage } },
      async handle({ query: { after, limit, ...filter }, tenants }) {
        const rows = await recordFor(tenants).entries.list(filter as EntryFilter, after, limit + 1);
        const items = rows.slice(0, limit).map(({ entry }) => entry);
        return { status: 200, body: { items, next: rows.length > limit ? (items.at(-1)?.seq ?? null) : null } };
      },
    }),
    endpoint({
      method: 'get',
      path: '/v1/entries/{seq}',
      right: 'record.read',
      tag: 'ledger',
      summary: 'An entry, with the proof that it is on record',
      params: z.object({ seq: SeqInPath }),
      answers: { 200: { description: 'The entry', schema: EntryWithReceipt } },
      problems: { 404: 'No such entry' },
      async handle({ params: { seq }, tenants }) {
        const found = await recordFor(tenants).entries.get(seq);
        if (found === null) throw new Misuse('not-found', `there is no entry \`${seq}\``);
        const receipt = await sealer.receipt(seq);
        return {
          status: 200,
          body: {
            ...found,
            receipt: receipt && { proof: receipt.file, checkpoint: checkpointShown(receipt.checkpoint) },
          },
        };
      },
    }),
    endpoint({
      method: 'get',
      path: '/v1/checkpoint',
      right: 'record.read',
      tag: 'ledger',
      summary: 'The last signed head of the log',
      answers: { 200: { description: 'The checkpoint', schema: CheckpointShape } },
      problems: { 404: 'Nothing is sealed yet' },
      handle() {
        const latest = sealer.latest();
        if (latest === null) throw new Misuse('not-found', 'nothing is sealed yet');
        return { status: 200, body: checkpointShown(latest) };
      },
    }),
  ];
}

function checkpointShown({ origin, size, root, note }: SealedHead): z.input<typeof CheckpointShape> {
  return { origin, size, root: Buffer.from(root).toString('base64'), note };
}
