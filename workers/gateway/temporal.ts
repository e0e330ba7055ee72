import { Connection } from '@temporalio/client';
import type { GatewayConfig } from './config';

/**
 * The gateway's connection to Temporal. It is made at the first call: a Temporal that is away is answered with 503, and the gateway goes on when it
 * is back. gRPC would wait up to two minutes between its attempts after a long absence; runs that were asked for must be there within 10 seconds.
 */
export const temporalConnection = (options: GatewayConfig['connection']): Connection =>
  Connection.lazy({
    ...options,
    channelArgs: { 'grpc.initial_reconnect_backoff_ms': 500, 'grpc.min_reconnect_backoff_ms': 500, 'grpc.max_reconnect_backoff_ms': 2_000 },
  });
