import { Client } from '@temporalio/client';
import { parse } from 'yaml';
import { readCatalogue } from '../../workers/catalogue/catalogue';
import { InboxStore } from '../../workers/gateway/inbox-store';
import { makeGateway } from '../../workers/gateway/gateway';
import { RoutesFile } from '../../workers/alerts/routes-config';
import { temporalConnection } from '../../workers/gateway/temporal';
import { PAYLOAD_CONVERTER } from '../../workers/worker/workflow-code';
import { TEST_ENTRIES } from './test-entries';

/** Where a gateway process is to die: when it has reached this point so many times. */
export interface GatewayKill {
  /** Before and after the inbox is committed, after Temporal has the run, after that is written down, and after all of it, before the answer. */
  readonly at: (typeof KILL_POINTS)[number];
  readonly nth: number;
}
export const KILL_POINTS = ['received', 'committed', 'started', 'accepted', 'written'] as const;

/** Everything that a gateway process is told when it is to begin. */
export interface GatewayOrders {
  readonly address: string;
  readonly namespace: string;
  readonly taskQueue: string;
  readonly routes: string;
  readonly targets: readonly string[];
  readonly storeUrl: string;
  readonly port: number;
  readonly kill: GatewayKill | null;
}

// A gateway without its test would go on for ever.
process.on('disconnect', () => process.exit(1));
process.once('message', (orders: GatewayOrders) => void serve(orders));
process.send?.({ loaded: true });

async function serve({ address, namespace, taskQueue, routes, targets, storeUrl, port, kill }: GatewayOrders): Promise<void> {
  if (kill) dieAt(kill);
  const connection = temporalConnection({ address });
  const gateway = makeGateway({
    config: RoutesFile.parse(parse(routes)),
    path: 'routes.yaml',
    catalogue: [...readCatalogue(), ...TEST_ENTRIES],
    targets,
    storeUrl,
    client: new Client({ connection, namespace, dataConverter: { payloadConverterPath: PAYLOAD_CONVERTER } }),
    taskQueue,
    send: async () => ({ by: 'test', repeat: false, failed: [] }),
    log: () => undefined,
  });
  await gateway.server.listen({ host: '127.0.0.1', port });
  gateway.sweep.start();
  process.send?.({ ready: true });
}

function dieAt({ at, nth }: GatewayKill): void {
  let left = nth;
  const reach = (point: GatewayKill['at']): void => {
    if (point === at && --left === 0) process.kill(process.pid, 'SIGKILL');
  };
  around('change', 'received', 'committed', reach);
  around('accepted', 'started', 'accepted', reach);
  around('answered', null, 'written', reach);
}

type Point = GatewayKill['at'];

/** Tells when a method of the store is called, and when it has done its work. */
function around(method: 'change' | 'accepted' | 'answered', before: Point | null, after: Point, reached: (point: Point) => void): void {
  const methods = InboxStore.prototype as unknown as Record<string, (...given: unknown[]) => Promise<unknown>>;
  const original = methods[method];
  methods[method] = async function (this: InboxStore, ...given: unknown[]) {
    if (before) reached(before);
    const done = await original?.apply(this, given);
    reached(after);
    return done;
  };
}
