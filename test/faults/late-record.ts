/**
 * The control of the crash proof: a platform with the bug that everything else here exists to prevent. Its gate lets an act
 * through at once and writes the intent only when the outcome is written. The proof must find it out.
 */
import { startFabric } from '../../src/fabric/index.ts';
import { readPolicySet } from '../../src/govern/index.ts';
import { migrate, openNotes, openPool, openSecretBox, startHost } from '../../src/host/index.ts';
import { openPolicyKey, openWriter, type Change, type LedgerWriter } from '../../src/ledger/index.ts';
import type { Platform, PlatformOptions } from '../../src/platform.ts';
import { systemClock } from '../../src/vocabulary/index.ts';

/** As `startPlatform`, with the bug, and without a sealer. */
export async function startLatePlatform(
  options: PlatformOptions,
): Promise<Pick<Platform, 'host' | 'pool' | 'fabric' | 'sealer' | 'stop'>> {
  const { config, fleets, systems = {}, onTrouble } = options;
  const host = await startHost(config);
  await migrate(host.databaseUrl);
  const pool = openPool(host.databaseUrl);
  const writer = await openWriter({ url: host.databaseUrl, clock: systemClock });
  const fabric = await startFabric({
    fleets,
    policies: readPolicySet(),
    // The folder's own, as it was signed by the platform that was killed here before.
    signer: await openPolicyKey({ dir: host.folder.at('keys'), signed: false }),
    pool,
    writer: writeAfter(writer),
    clock: systemClock,
    engine: { ...host.engine, servicePort: await host.choosePort('runs', 9_070) },
    limits: { maxQueued: 10_000, perTenant: 200, perAgent: 50, inAll: 200 },
    systems,
    stops: openNotes(host.folder.at('stops')),
    secrets: await openSecretBox(host.folder.at('keys', 'secrets')),
    callsPerTool: 50,
    environment: 'development',
    version: 'late',
    ...(onTrouble && { onTrouble }),
  });
  const sealer = { sealNow: () => Promise.resolve(null) } as Platform['sealer'];
  return {
    host,
    pool,
    fabric,
    sealer,
    async stop() {
      await fabric.stop();
      await writer.close();
      await pool.end();
      await host.stop();
    },
  };
}

function writeAfter(writer: LedgerWriter): LedgerWriter {
  const held = new Map<string, Change>();
  return {
    ...writer,
    append(change) {
      const intent = change.effects?.find(({ state }) => state === 'intent');
      if (intent !== undefined) {
        held.set(intent.permit, change);
        return Promise.resolve(writer.size() + 1);
      }
      for (const { permit } of change.outcomes ?? []) {
        const before = held.get(permit);
        held.delete(permit);
        // The append keeps the order in which it is asked.
        if (before !== undefined) void writer.append(before).catch(() => undefined);
      }
      return writer.append(change);
    },
  };
}
