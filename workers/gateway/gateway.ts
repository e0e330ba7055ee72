import type { Client } from '@temporalio/client';
import type { FastifyInstance } from 'fastify';
import { refusedSettings } from '../../activities/targets/settings-file';
import type { Notification, NotificationAnswer } from '../../workflows/contracts/notification';
import type { CatalogueEntry } from '../catalogue/catalogue';
import { InboxStore } from './inbox-store';
import { problemsOfRoutes } from '../alerts/check-routes';
import { Intake } from './intake';
import { limitsOf } from '../alerts/limits';
import { GatewayMetrics } from './metrics';
import type { RoutesConfig } from '../alerts/routes-config';
import { gatewayServer } from './server';
import { Starter } from './starter';
import { Sweep } from './sweep';

export interface GatewayParts {
  readonly config: RoutesConfig;
  /** Where the routes stand, for messages. */
  readonly path: string;
  readonly catalogue: readonly CatalogueEntry[];
  /** The names of targets.yaml. */
  readonly targets: readonly string[];
  /** The gateway's login of the control database. */
  readonly storeUrl: string;
  readonly client: Client;
  readonly taskQueue: string;
  /** Tells a person; never throws. */
  readonly send: (notification: Notification) => Promise<NotificationAnswer>;
  readonly log: (message: string) => void;
  readonly now?: () => number;
}

/** The gateway, put together. */
export interface Gateway {
  readonly server: FastifyInstance;
  readonly sweep: Sweep;
  readonly store: InboxStore;
  readonly metrics: GatewayMetrics;
  /** Stops taking deliveries, finishes those that it has, closes its connections. */
  stop(): Promise<void>;
}

/** Puts the gateway together; throws InvalidInput with every problem of the routes. It serves when `server.listen` and `sweep.start` were called. */
export function makeGateway({ config, path, catalogue, targets, storeUrl, client, taskQueue, send, log, now = Date.now }: GatewayParts): Gateway {
  const problems = problemsOfRoutes(config, catalogue, targets);
  if (problems.length) throw refusedSettings(path, problems);
  const limits = limitsOf(config, catalogue);
  const store = new InboxStore(storeUrl);
  const metrics = new GatewayMetrics();
  const starter = new Starter(client, taskQueue, store, now);
  const intake = new Intake({ config, catalogue, targets, limits, store, starter, now });
  const server = gatewayServer({ config, intake, store, starter, metrics, log, now });
  const sweep = new Sweep({ config, limits, store, starter, metrics, send, log, now });
  const stop = async (): Promise<void> => {
    await sweep.stop();
    await server.close();
    await store.close();
  };
  return { server, sweep, store, metrics, stop };
}
