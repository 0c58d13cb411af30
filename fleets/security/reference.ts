import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import type { KnownExploited } from './events.ts';

/** Curated facts that people keep elsewhere: CISA's catalogue and the mapping to ATT&CK. Read when first asked for. */

const Catalogue = z.object({
  vulnerabilities: z.array(
    z.object({
      cveID: z.string(),
      dateAdded: z.string(),
      dueDate: z.string(),
      knownRansomwareCampaignUse: z.string(),
      requiredAction: z.string(),
    }),
  ),
});

const Mappings = z.array(z.object({ capability_id: z.string(), attack_object_id: z.string() }));

const catalogue = once(() => {
  const { vulnerabilities } = Catalogue.parse(read('kev.json.gz'));
  return new Map(
    vulnerabilities.map((entry): [string, KnownExploited] => [
      entry.cveID,
      {
        dateAdded: entry.dateAdded,
        dueDate: entry.dueDate,
        ransomware: entry.knownRansomwareCampaignUse === 'Known',
        requiredAction: entry.requiredAction,
      },
    ]),
  );
});

const mappings = once(() => {
  const techniques = new Map<string, string[]>();
  for (const { capability_id: cve, attack_object_id: technique } of Mappings.parse(read('kev-to-attack.json.gz'))) {
    const known = techniques.get(cve);
    if (known === undefined) techniques.set(cve, [technique]);
    else if (!known.includes(technique)) known.push(technique);
  }
  return techniques;
});

/** The entry of a CVE in the catalogue of known exploited vulnerabilities (2025-08-25), or null. */
export function knownExploited(cve: string): KnownExploited | null {
  return catalogue().get(cve) ?? null;
}

/** ATT&CK techniques that this CVE is used for, e.g. `T1190`; in the order of the mapping. */
export function techniquesOf(cve: string): readonly string[] {
  return mappings().get(cve) ?? [];
}

function read(file: string): unknown {
  return JSON.parse(gunzipSync(readFileSync(new URL(`./data/${file}`, import.meta.url))).toString('utf8'));
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
