import { Misuse, type Agent, type Fleet, type RawEvent, type Scorer, type TenantId } from '../vocabulary/index.ts';

/** What a user writes of a fleet. */
export interface FleetOptions {
  readonly tenant: string;
  readonly agents: readonly Agent[];
  work(options: { readonly all: boolean }): AsyncIterable<RawEvent> | Iterable<RawEvent>;
  score?(): Scorer;
}

/**
 * Agents of one domain, with the records they work through.
 *
 * @throws Misuse `bad-fleet` when two agents have one name or an agent belongs to another tenant.
 */
export function fleet(name: string, options: FleetOptions): Fleet {
  const seen = new Set<string>();
  for (const { name: agent, tenant } of options.agents) {
    if (seen.has(agent)) throw new Misuse('bad-fleet', `fleet \`${name}\` has two agents named \`${agent}\``);
    if (tenant !== options.tenant) {
      throw new Misuse(
        'bad-fleet',
        `agent \`${agent}\` is of tenant \`${tenant}\`, its fleet of \`${options.tenant}\``,
      );
    }
    seen.add(agent);
  }
  return { ...options, name, tenant: options.tenant as TenantId };
}
