import { NativeConnection } from '@temporalio/worker';
import type { OnStage } from '../../../activities/effects/activity';
import { TargetSessions } from '../../../activities/targets/connections';
import { registryOf } from '../../../activities/targets/registry';
import { createRunbookWorker } from '../../../workers/worker/create-worker';
import { operationsOf } from '../../../workers/worker/operations';
import * as testOperations from '../operations';
import * as testWorkflows from '../runbooks';
import { sharedTemporal, testBundle } from '../shared';
import type { ReplicationWorld } from './replication-world';

/** A worker in this process that does something at the stages of every effect. */
export async function startStagedWorker(world: ReplicationWorld, onStage: OnStage): Promise<{ stop(): Promise<void> }> {
  const registry = registryOf(world.registry);
  const connection = await NativeConnection.connect({ address: await sharedTemporal() });
  const sessions = new TargetSessions(registry);
  const worker = await createRunbookWorker({
    connection,
    namespace: world.client.options.namespace,
    taskQueue: 'runbooks',
    registry,
    sessions,
    control: world.control,
    workflows: testWorkflows,
    operations: operationsOf([testOperations]),
    bundle: { codePath: await testBundle() },
    onStage,
  });
  const running = worker.run();
  return {
    stop: async () => {
      worker.shutdown();
      await running;
      await sessions.close();
      await connection.close();
    },
  };
}
