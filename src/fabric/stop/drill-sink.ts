import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Where a drill's acts arrive: a socket on loopback that notes when. */
export interface Sink {
  /** Sends one act there, over the network stack of this machine. */
  send(key: string): Promise<void>;
  /** When each arrived, by `performance.now()`, in order. */
  arrivals(): readonly number[];
  close(): Promise<void>;
}

export async function openSink(): Promise<Sink> {
  const arrivals: number[] = [];
  const server = createServer((incoming, response) => {
    arrivals.push(performance.now());
    incoming.resume().on('end', () => response.end('{}'));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const agent = new Agent({ keepAlive: true });
  return {
    send: (key) =>
      new Promise((resolve, reject) => {
        request({ host: '127.0.0.1', port, method: 'POST', path: '/', agent, headers: { 'idempotency-key': key } })
          .on('error', reject)
          .on('response', (response) => response.resume().on('end', resolve))
          .end();
      }),
    arrivals: () => arrivals,
    async close() {
      agent.destroy();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
