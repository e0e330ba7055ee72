import { Context } from '@temporalio/activity';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { ControlDatabase } from '../../activities/control/database';
import type { OnStage } from '../../activities/effects/activity';
import { TargetSessions } from '../../activities/targets/connections';
import { registryOf } from '../../activities/targets/registry';
import { createRunbookWorker } from '../../workers/worker/create-worker';
import { operationsOf } from '../../workers/worker/operations';
import type { CrashNews, CrashOrders, CrashRule } from './crash-rule';
import * as testOperations from './operations';
import * as testWorkflows from './runbooks';

const tell = (news: CrashNews): void => void process.send?.(news);

// A worker without its test would go on for ever.
process.on('disconnect', () => process.exit(1));
process.once('message', (orders: CrashOrders) => void work(orders));

async function work({ address, namespace, taskQueue, codePath, registry: content, rules, controlUrl }: CrashOrders): Promise<void> {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const registry = registryOf(content);
  const worker = await createRunbookWorker({
    connection: await NativeConnection.connect({ address }),
    namespace,
    taskQueue,
    registry,
    sessions: new TargetSessions(registry),
    control: controlUrl === undefined ? null : new ControlDatabase({ url: controlUrl }),
    workflows: testWorkflows,
    operations: operationsOf([testOperations]),
    bundle: { codePath },
    onStage: killerOf(rules),
  });
  tell({ ready: true });
  await worker.run();
}

/** Holds each attempt at the stage of its rule, and kills the process when all are there: one kill cuts many runs. */
function killerOf(rules: readonly CrashRule[]): OnStage {
  const seen = new Map<CrashRule, number>();
  const reached = new Set<CrashRule>();
  return async (operation, kind, stage, attempt) => {
    const { workflowExecution } = Context.current().info;
    const at = rules.filter(
      (rule) =>
        rule.run === workflowExecution?.workflowId &&
        rule.stage === stage &&
        (rule.operation === '*' || (rule.operation === operation && (rule.kind ?? 'write') === kind)) &&
        attempt >= (rule.attempt ?? 1),
    );
    for (const rule of at) {
      seen.set(rule, (seen.get(rule) ?? 0) + 1);
      if (seen.get(rule) !== (rule.nth ?? 1)) continue;
      reached.add(rule);
      tell({ reached: rule });
      if (reached.size === rules.length) process.kill(process.pid, 'SIGKILL');
      await new Promise(() => undefined);
    }
  };
}
