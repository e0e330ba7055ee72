import { createServer, type AddressInfo } from 'node:net';

/** A control port that answers each line by a function, as the TCP endpoint does; an undefined answer stays out. */
export async function startLineEndpoint(answer: (request: Record<string, unknown>) => unknown): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      const said = answer(JSON.parse(bytes.toString('utf8')) as Record<string, unknown>);
      if (said !== undefined) socket.write(`${typeof said === 'string' ? said : JSON.stringify(said)}\n`);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, close: () => new Promise((resolve) => server.close(() => resolve())) };
}
