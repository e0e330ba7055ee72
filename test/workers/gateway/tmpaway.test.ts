import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { temporalConnection } from '../../../workers/gateway/temporal';
import { makeDoor } from '../../support/door';
import { shared } from '../../support/shared';
test('x', async () => {
  const door = await makeDoor(Number(shared().address.split(':').at(-1)));
  const address = `127.0.0.1:${door.port}`;
  const conns = { dflt: Connection.lazy({ address }), ours: temporalConnection({ address }) };
  let going = true; let back = 0;
  const took: Record<string, number> = {};
  const ping = (c: Connection) => c.withDeadline(Date.now() + 2500, () => c.workflowService.getSystemInfo({}));
  const loops = Object.entries(conns).map(async ([n, c]) => {
    while (going) { try { await ping(c); if (back && !took[n]) took[n] = Date.now() - back; } catch { } await sleep(3000); }
  });
  await sleep(2000); await door.shut(); await sleep(110_000); await door.open(); back = Date.now();
  await sleep(60_000); going = false; await Promise.all(loops);
  process.stdout.write(`TOOK ${JSON.stringify(took)}\n`);
  await door.shut();
}, 300_000);
