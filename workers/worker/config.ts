import { loadClientConnectConfig } from '@temporalio/envconfig';
import { z } from 'zod';

const Environment = z.object({
  RUNBOOKS_TASK_QUEUE: z.string().min(1).default('runbooks'),
  RUNBOOKS_TARGETS: z.string().min(1).default('targets.yaml'),
  /** The journal's login: may insert only. Without it, reports live in Temporal's retention alone. */
  RUNBOOKS_CONTROL_URL: z.string().optional(),
  /** Owner of the control schema, for migrations at start. */
  RUNBOOKS_CONTROL_ADMIN_URL: z.string().optional(),
  /** An auditor's login: may read only. */
  RUNBOOKS_CONTROL_READ_URL: z.string().optional(),
  /** The alert gateway's login, made and given its rights when the control database is migrated. */
  RUNBOOKS_CONTROL_GATEWAY_URL: z.string().optional(),
  /** The file that says who is told by which channel; without it messages reach nobody. */
  RUNBOOKS_NOTIFY: z.string().min(1).optional(),
  RUNBOOKS_DEPLOYMENT: z.string().optional(),
  RUNBOOKS_BUILD_ID: z.string().optional(),
  RUNBOOKS_LOG: z.enum(['ERROR', 'WARN', 'INFO', 'DEBUG']).default('WARN'),
});

/** Everything that a worker takes from its environment. */
export type WorkerConfig = ReturnType<typeof workerConfig>;

/** Reads the environment; throws with every problem. The Temporal address and namespace come from `TEMPORAL_*` or a profile. */
export function workerConfig(environment: NodeJS.ProcessEnv = process.env) {
  const parsed = Environment.safeParse(environment);
  if (!parsed.success) throw new Error(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('\n'));
  const temporal = loadClientConnectConfig();
  return {
    ...parsed.data,
    namespace: temporal.namespace ?? 'default',
    connectionOptions: { address: '127.0.0.1:7233', ...temporal.connectionOptions },
  };
}
