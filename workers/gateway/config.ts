import { loadClientConnectConfig } from '@temporalio/envconfig';
import { z } from 'zod';

const Environment = z.object({
  RUNBOOKS_TASK_QUEUE: z.string().min(1).default('runbooks'),
  RUNBOOKS_TARGETS: z.string().min(1).default('targets.yaml'),
  RUNBOOKS_ROUTES: z.string().min(1).default('routes.yaml'),
  RUNBOOKS_NOTIFY: z.string().optional(),
  /** The gateway's login of the control database; the worker makes it when it migrates. */
  RUNBOOKS_CONTROL_GATEWAY_URL: z.string().min(1, 'is needed: the inbox of alerts is in the control database'),
  RUNBOOKS_GATEWAY_HOST: z.string().min(1).default('127.0.0.1'),
  RUNBOOKS_GATEWAY_PORT: z.coerce.number().int().min(0).max(65_535).default(8_087),
});

/** Everything that the gateway takes from its environment. */
export type GatewayConfig = ReturnType<typeof gatewayConfig>;

/** Reads the environment; throws with every problem. The Temporal address and namespace come from `TEMPORAL_*` or a profile. */
export function gatewayConfig(environment: NodeJS.ProcessEnv = process.env) {
  const parsed = Environment.safeParse(environment);
  if (!parsed.success) throw new Error(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('\n'));
  const temporal = loadClientConnectConfig();
  const { address = '127.0.0.1:7233', tls, apiKey, metadata } = temporal.connectionOptions;
  const connection = { address, ...(tls ? { tls } : {}), ...(apiKey ? { apiKey } : {}), ...(metadata ? { metadata } : {}) };
  return { ...parsed.data, namespace: temporal.namespace ?? 'default', connection };
}
