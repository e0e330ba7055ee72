import type { z } from 'zod';
import type { SecretReference } from '../targets/registry';
import { hostOf } from './addresses';
import type { ChannelConfig } from './notify-config';
import { secretOf } from './secret-of';

/** Where a channel leads, without anything that could be a credential. */
export function destinationOf(config: ChannelConfig): string {
  switch (config.by) {
    case 'slack':
      return `${config.channel} at ${hostOf(config.url)}`;
    case 'pagerduty':
      return hostOf(config.url);
    case 'email':
      return `${config.to.join(', ')} by ${config.host}:${config.port}`;
    case 'webhook':
      return hostOf(config.url);
  }
}

/** What of a channel's secrets cannot be read in this process, in sentences. */
export function missingSecrets(name: string, config: ChannelConfig): string[] {
  return referencesOf(config).flatMap((reference) => {
    try {
      secretOf(name, reference);
      return [];
    } catch (error) {
      return [(error as Error).message];
    }
  });
}

function referencesOf(config: ChannelConfig): readonly z.infer<typeof SecretReference>[] {
  switch (config.by) {
    case 'slack':
      return [config.token];
    case 'pagerduty':
      return [config.routingKey];
    case 'email':
      return config.password ? [config.password] : [];
    case 'webhook':
      return config.secrets;
  }
}
