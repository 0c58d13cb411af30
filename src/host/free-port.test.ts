import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openDataFolder } from './data-folder.ts';
import { openPorts } from './free-port.ts';

const temporary = mkdtempSync(join(tmpdir(), 'reeve-ports-'));
const folder = openDataFolder(join(temporary, 'data'));
after(() => {
  folder.close();
  rmSync(temporary, { recursive: true, force: true });
});

async function occupy(host = '127.0.0.1'): Promise<{ server: Server; port: number }> {
  const server = createServer().listen(0, host);
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}

test('a taken port is stepped over, whoever listens and on which address', async () => {
  for (const host of ['127.0.0.1', '0.0.0.0']) {
    const { server, port } = await occupy(host);
    const chosen = await openPorts(folder).choose(`stepped-${host}`, port);
    assert.ok(chosen > port, `${chosen} > ${port}`);
    server.close();
  }
});

test('a restart gets the port it had, also when the preferred one is free again', async () => {
  const { server, port } = await occupy();
  const chosen = await openPorts(folder).choose('remembered', port);
  server.close();
  await once(server, 'close');
  assert.equal(await openPorts(folder).choose('remembered', port), chosen);
});

test('a remembered port that is taken now is stepped over', async () => {
  const chosen = await openPorts(folder).choose('moved', 0);
  const server = createServer().listen(chosen, '127.0.0.1');
  await once(server, 'listening');
  assert.notEqual(await openPorts(folder).choose('moved', 0), chosen);
  server.close();
});

test('another wish voids the memory', async () => {
  const first = await openPorts(folder).choose('api', 0);
  const { server, port } = await occupy();
  server.close();
  await once(server, 'close');
  const second = await openPorts(folder).choose('api', port);
  assert.notEqual(second, first);
  assert.ok(second >= port && second < port + 10);
});

test('two services never get the same port, also when both ask at once', async () => {
  const { server, port } = await occupy();
  server.close();
  await once(server, 'close');
  const ports = openPorts(folder);
  const chosen = await Promise.all(['a', 'b', 'c', 'd'].map((service) => ports.choose(service, port)));
  assert.equal(new Set(chosen).size, 4);
  assert.deepEqual(Object.values(ports.chosen()), chosen);
});

test('when no port is free the message says which were tried', async () => {
  const server = createServer().listen(65_535, '127.0.0.1');
  await once(server, 'listening');
  await assert.rejects(openPorts(folder).choose('last', 65_535), { code: 'port-taken', message: /`65535`/ });
  server.close();
});
