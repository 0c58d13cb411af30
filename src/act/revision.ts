import {
  canonical,
  digestText,
  messageOf,
  RetryLater,
  type Json,
  type Tool,
  type ToolCall,
} from '../vocabulary/index.ts';
import type { HttpCaller, HttpToolCall } from './http-call.ts';
import { within } from './local-call.ts';

/** What there is of something that is not there: an approval to make it holds while it stays away. */
const ABSENT = 'absent';

/**
 * The version of what a call with these arguments would act on, so that an approval holds for that version only; null when the
 * tool cannot tell. By HTTP the `ETag` of the answer, else the digest of its body; what is not there (404) has a version too.
 *
 * @throws RetryLater `tool-unavailable` when it cannot be asked now: nobody may act on a version that they do not know.
 */
export async function askRevision(tool: Tool, argumentsText: string, http: HttpCaller): Promise<string | null> {
  const { revision } = tool;
  if (revision === null) return null;
  switch (revision.kind) {
    case 'http':
      return overHttp(revision, tool, argumentsText, http);
    case 'local':
      return locally(revision, tool, argumentsText);
    case 'publish':
      throw away(tool, 'by publishing nothing can be asked');
  }
}

async function overHttp(call: HttpToolCall, tool: Tool, argumentsText: string, http: HttpCaller): Promise<string> {
  if (call.method !== 'GET') throw away(tool, 'a version is asked for with GET');
  const values = JSON.parse(argumentsText) as Json;
  const reply = await http({ call, tool, values, body: null, key: null });
  if (reply.kind !== 'answered') throw away(tool, reply.message);
  if (reply.status === 404 || reply.status === 410) return ABSENT;
  if (reply.status !== 200) throw away(tool, `it answered ${reply.status}`);
  return reply.headers.etag ?? digestText(reply.text);
}

async function locally(call: ToolCall & { kind: 'local' }, tool: Tool, argumentsText: string): Promise<string | null> {
  let version: unknown;
  try {
    version = await within(tool.timeoutMs, Promise.resolve(call.perform(JSON.parse(argumentsText), '')));
  } catch (cause) {
    throw away(tool, messageOf(cause), cause);
  }
  if (version === null || version === undefined) return null;
  return typeof version === 'string' ? version : digestText(canonical(version));
}

function away(tool: Tool, why: string, cause?: unknown): RetryLater {
  return new RetryLater(
    'tool-unavailable',
    `the version of what \`${tool.name}\` acts on cannot be asked for: ${why}`,
    {
      cause,
      afterMs: 1_000,
    },
  );
}
