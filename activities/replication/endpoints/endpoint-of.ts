import type { Target } from '../../targets/registry';
import type { Endpoint } from '../providers';
import { PgBouncerEndpoint } from './pgbouncer';
import { TcpEndpoint } from './tcp';

/** The endpoint that targets.yaml names for a target; null where it names none. */
export function endpointOf(target: Target): Endpoint | null {
  const { endpoint } = target;
  if (!endpoint) return null;
  return endpoint.by === 'tcp' ? new TcpEndpoint(endpoint) : new PgBouncerEndpoint(endpoint);
}
