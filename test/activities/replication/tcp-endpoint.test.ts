import { TcpEndpoint } from '../../../activities/replication/endpoints/tcp';
import { startLineEndpoint } from '../../support/replication/line-endpoint';

const STATE = { open: true, node: '127.0.0.1:15001', token: 7, busy: 0, reconnects: 0 };
const signal = new AbortController().signal;

async function asked(answer: unknown, work: (endpoint: TcpEndpoint) => Promise<unknown>): Promise<unknown[]> {
  const requests: unknown[] = [];
  const server = await startLineEndpoint((request) => {
    requests.push(request);
    return answer;
  });
  try {
    await work(new TcpEndpoint({ host: '127.0.0.1', port: server.port }));
    return requests;
  } finally {
    await server.close();
  }
}

it('asks in lines of JSON and reads the state', async () => {
  const requests = await asked({ ok: true, state: STATE }, async (endpoint) => {
    expect(await endpoint.describe()).toEqual({ open: 'open', node: '127.0.0.1:15001', token: 7, busy: 0, problems: [] });
    await endpoint.point({ name: 'node2', host: '127.0.0.1', port: 15002 }, 8);
    await endpoint.open();
  });
  expect(requests).toEqual([{ do: 'describe' }, { do: 'point', node: { name: 'node2', host: '127.0.0.1', port: 15002 }, token: 8 }, { do: 'open' }]);
});

it('closes, and believes it only when nothing runs any more', async () => {
  const closing = (endpoint: TcpEndpoint): Promise<void> => endpoint.close('drain', 100, signal);
  expect(await asked({ ok: true, state: { ...STATE, open: false } }, closing)).toEqual([{ do: 'close', how: 'drain', withinMs: 100 }]);
  await expect(asked({ ok: true, state: { ...STATE, open: false, busy: 2 } }, closing)).rejects.toMatchObject({ type: 'EndpointBusy' });
});

it('hands the type of a refusal on', async () => {
  const refused = { ok: false, type: 'Superseded', message: 'token 9 was here' };
  await expect(asked(refused, (endpoint) => endpoint.open())).rejects.toMatchObject({ type: 'Superseded', message: 'token 9 was here' });
  await expect(asked({ ...refused, type: 'Odd' }, (endpoint) => endpoint.open())).rejects.toMatchObject({ type: 'PreconditionUnmet' });
});

it('says that nobody answers, that something else answers, and that it was cancelled', async () => {
  const closed = await startLineEndpoint(() => undefined);
  await closed.close();
  const gone = new TcpEndpoint({ host: '127.0.0.1', port: closed.port });
  await expect(gone.describe()).rejects.toMatchObject({ type: 'TargetUnreachable', message: expect.stringContaining('ECONNREFUSED') });
  await expect(asked('HTTP/1.1 400', (endpoint) => endpoint.describe())).rejects.toMatchObject({ type: 'TargetUnreachable' });
  const cancel = new AbortController();
  setTimeout(() => cancel.abort(), 50);
  await expect(asked(undefined, (endpoint) => endpoint.close('kill', 10_000, cancel.signal))).rejects.toThrow('cancelled');
});
