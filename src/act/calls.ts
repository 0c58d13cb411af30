import { messageOf, type Clock, type Json, type PermitId, type Tool, type ToolCall } from '../vocabulary/index.ts';
import { doneWith, doneWithText, failed, heldBack, nothing, type Attempt, type Order } from './attempt.ts';
import { attemptOf, type HttpCaller } from './http-call.ts';
import { attemptOfThrown, callLocal, within } from './local-call.ts';

/** Puts a new event in; resolves to what the tool answers with once it is on record. `key` is its dedupe key. */
export type Publish = (type: string, data: Json, key: PermitId) => Promise<Json>;

export interface World {
  readonly http: HttpCaller;
  readonly publish: Publish;
  readonly clock: Clock;
}

/** Calls the tool once. */
export async function callOnce(tool: Tool, order: Order, world: World): Promise<Attempt> {
  const { call } = tool;
  switch (call.kind) {
    case 'http':
      return CALL.http(call, tool, order, world);
    case 'publish':
      return CALL.publish(call, tool, order, world);
    case 'local':
      return CALL.local(call, tool, order);
  }
}

type CallOf<K extends ToolCall['kind']> = ToolCall & { kind: K };

/** How each kind of tool is called. A new kind is one line here and one in `ASK`. */
const CALL = {
  http: async (call, tool, order, { http, clock }) => {
    const body = call.method === 'POST' || call.method === 'PUT' ? order.argumentsText : null;
    const values = call.path.includes('{') ? (JSON.parse(order.argumentsText) as Json) : null;
    const answer = await http({ call, tool, values, body, key: order.id, held: () => order.held() });
    return answer.kind === 'nothing' ? answer : attemptOf(tool, order.id, answer, clock.now());
  },
  publish: async (call, tool, order, { publish }) => {
    const held = order.held();
    if (held !== null) return heldBack(held);
    try {
      const published = publish(call.type, JSON.parse(order.argumentsText) as Json, order.id);
      return doneWith(tool, await within(tool.timeoutMs, published));
    } catch (error) {
      return attemptOfThrown(tool, error);
    }
  },
  local: callLocal,
} as const satisfies {
  [K in ToolCall['kind']]: (call: CallOf<K>, tool: Tool, order: Order, world: World) => Promise<Attempt>;
};

/** How each kind of lookup asks whether something happened. */
const ASK = {
  http: async (call, tool, reference, { http }) => {
    if (call.method !== 'GET') return nothing(`\`${tool.name}\`: a lookup must be a GET`, { again: false });
    const answer = await http({ call, tool, values: { reference }, body: null, key: null });
    if (answer.kind === 'nothing') return answer;
    if (answer.kind !== 'answered') return nothing(answer.message, { again: true });
    if (answer.status === 200) return doneWithText(tool, answer.text);
    if (answer.status === 404)
      return failed('never-happened', `asked for \`${reference}\`, \`${tool.name}\` knows nothing`);
    return nothing(`asked for \`${reference}\`, \`${tool.name}\` answered ${answer.status}`, { again: true });
  },
  publish: async (_, tool) => nothing(`\`${tool.name}\` cannot be asked by publishing`, { again: false }),
  local: async (call, tool, reference) => {
    try {
      const found = await within(tool.timeoutMs, Promise.resolve(call.perform({ reference }, reference)));
      return found === null || found === undefined
        ? failed('never-happened', `asked for \`${reference}\`, \`${tool.name}\` knows nothing`)
        : doneWith(tool, found);
    } catch (error) {
      return nothing(`asked for \`${reference}\`: ${messageOf(error)}`, { again: true });
    }
  },
} as const satisfies {
  [K in ToolCall['kind']]: (call: CallOf<K>, tool: Tool, reference: PermitId, world: World) => Promise<Attempt>;
};

/** Asks the tool once whether it did what carries this reference. `nothing`: it gave no usable answer. */
export async function askOnce(tool: Tool, reference: PermitId, world: World): Promise<Attempt> {
  const { lookup } = tool;
  if (lookup === null) return nothing(`\`${tool.name}\` cannot be asked`, { again: false });
  switch (lookup.kind) {
    case 'http':
      return ASK.http(lookup, tool, reference, world);
    case 'publish':
      return ASK.publish(lookup, tool);
    case 'local':
      return ASK.local(lookup, tool, reference);
  }
}
