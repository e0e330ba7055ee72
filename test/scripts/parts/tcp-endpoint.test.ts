import { once } from 'node:events';
import { mkdtempSync, readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { startTcpEndpoint, type TcpEndpoint } from '../../../scripts/parts/tcp-endpoint';

/** A server that says its name to every client. */
async function named(name: string): Promise<{ server: Server; node: { name: string; host: string; port: number } }> {
  const server = createServer((socket) => socket.on('error', () => undefined).write(name));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { server, node: { name, host: '127.0.0.1', port: (server.address() as AddressInfo).port } };
}

async function ask(endpoint: TcpEndpoint, ...lines: (object | string)[]): Promise<unknown[]> {
  const socket = connect(endpoint.controlPort, '127.0.0.1');
  for (const line of lines) socket.write(`${typeof line === 'string' ? line : JSON.stringify(line)}\n`);
  const answers: unknown[] = [];
  for await (const line of createInterface({ input: socket })) if (answers.push(JSON.parse(line)) === lines.length) break;
  socket.destroy();
  return answers;
}

async function client(endpoint: TcpEndpoint): Promise<{ said: string; socket: Socket }> {
  const socket = connect(endpoint.port, '127.0.0.1').on('error', () => undefined);
  const said = await Promise.race([once(socket, 'data').then(([bytes]) => String(bytes)), once(socket, 'close').then(() => 'closed')]);
  return { said, socket };
}

const servers: Server[] = [];
const endpoints: TcpEndpoint[] = [];
const stateFile = join(mkdtempSync(join(tmpdir(), 'pg-runbooks-endpoint-')), 'state.json');
async function started(node: { name: string; host: string; port: number }, ports = {}): Promise<TcpEndpoint> {
  const endpoint = await startTcpEndpoint({ stateFile, node, ...ports });
  endpoints.push(endpoint);
  return endpoint;
}
afterAll(async () => {
  await Promise.all(endpoints.map((endpoint) => endpoint.stop()));
  for (const server of servers) server.close();
});

it('closes, points and opens; refuses an older token and remembers its state', async () => {
  const [one, two] = [await named('one'), await named('two')];
  servers.push(one.server, two.server);
  const endpoint = await started(one.node);
  const { said, socket } = await client(endpoint);
  expect(said).toBe('one');
  const at = (node: { port: number }): string => `127.0.0.1:${node.port}`;
  expect(await ask(endpoint, { do: 'describe' })).toEqual([
    { ok: true, state: { open: true, node: at(one.node), token: 0, busy: 1, reconnects: 1, refused: 0 } },
  ]);

  expect(await ask(endpoint, { do: 'point', node: two.node, token: 5 })).toEqual([
    { ok: false, type: 'PreconditionUnmet', message: expect.stringContaining('open to one') },
  ]);
  const ended = once(socket, 'close');
  const [closed] = await ask(endpoint, { do: 'close', how: 'drain', withinMs: 1_000 });
  expect(closed).toMatchObject({ ok: true, state: { open: false, busy: 0 } });
  await ended;
  expect((await client(endpoint)).said).toBe('closed');

  const point = { do: 'point', node: two.node, token: 5 };
  const [pointed, again, older] = await ask(endpoint, point, point, { ...point, node: one.node, token: 4 });
  expect([pointed, again]).toEqual(
    Array(2).fill({ ok: true, state: expect.objectContaining({ open: false, node: at(two.node), token: 5, refused: 1 }) }),
  );
  expect(older).toEqual({ ok: false, type: 'Superseded', message: expect.stringMatching(/token 5.*token 4/) });

  await endpoint.stop();
  expect(JSON.parse(readFileSync(stateFile, 'utf8'))).toEqual({ open: false, node: two.node, token: 5 });
  const restarted = await started(one.node, { port: endpoint.port, controlPort: endpoint.controlPort });
  expect((await client(restarted)).said).toBe('closed');
  const [opened] = await ask(restarted, { do: 'open' });
  expect(opened).toMatchObject({ ok: true, state: { open: true, node: at(two.node), token: 5 } });
  expect((await client(restarted)).said).toBe('two');
});

it('answers what is no order with what is wrong', async () => {
  const endpoint = endpoints.at(-1) as TcpEndpoint;
  const answers = await ask(endpoint, 'nonsense', { do: 'explode' }, { do: 'point', node: { name: 'x' }, token: -1 });
  expect(answers).toEqual(Array(3).fill({ ok: false, type: 'InvalidInput', message: expect.any(String) }));
});
