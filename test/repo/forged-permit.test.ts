import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Every field right, nothing cast but the ids, which are branded texts. */
const FIELDS = `
  id: 'prm_0' as PermitId, tenant: 'north' as TenantId, run: 'run_0' as RunId, agent: 'clerk' as AgentId,
  tool: 'erp.pay' as ToolId, toolDigest: 'sha256:0' as const, effect: 'E1' as const, argumentsText: '{}',
  argumentsDigest: 'sha256:0' as const, notAfter: 1`;

const ATTEMPTS = {
  'written down': `export const permit: Permit = { ${FIELDS} };`,
  'written down with a symbol of its own': `
    const madeByGovern: unique symbol = Symbol('madeByGovern');
    export const permit: Permit = { [madeByGovern]: true, ${FIELDS} };`,
  'copied from its fields': `
    declare const real: Omit<Permit, symbol>;
    export const permit: Permit = { ...real, id: real.id, notAfter: 9 };`,
  'made by a class that implements it': `
    export class Forged implements Permit {
      ${FIELDS.replaceAll(/(\w+): /g, 'readonly $1 = ').replaceAll(',', ';')};
    }`,
} as const;

/** What the compiler says of a file that uses the vocabulary, or nothing when it has nothing to say. */
function compile(name: string, body: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'reeve-forged-'));
  try {
    const words = join(ROOT, 'src/vocabulary/index.ts');
    const imports = `import type { AgentId, Permit, PermitId, RunId, TenantId, ToolId } from '${words}';\n`;
    writeFileSync(join(folder, `${name}.ts`), imports + body);
    const config = { extends: join(ROOT, 'tsconfig.json'), include: [], files: [`${name}.ts`] };
    const compilerOptions = { noUnusedLocals: false, typeRoots: [join(ROOT, 'node_modules/@types')] };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ ...config, compilerOptions }));
    // A snippet that only fails for want of the module would prove nothing; `package.json` makes it a module.
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    return spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8', timeout: 60_000 }).stdout;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test('no-action-without-permit: a forged Permit does not compile, however it is put together', () => {
  const honest = compile('honest', `export const read = (permit: Permit): number => permit.notAfter;`);
  assert.equal(honest, '', 'code that only uses a permit compiles');
  for (const [how, body] of Object.entries(ATTEMPTS)) {
    const said = compile('forged', body);
    assert.match(said, /error TS\d+:.*(Permit|madeByGovern)/s, how);
    assert.doesNotMatch(said, /Cannot find module/, how);
  }
});
