import { z } from 'zod';
import { alertmanager } from './alertmanager';
import type { SourceKind } from './source';

const Body = z.looseObject({ version: z.literal('1') });

/** Grafana alerting's webhook, payload version 1: the shape of Alertmanager's with more around it. Source: grafana/alerting receivers/webhook/v1. */
export const grafana: SourceKind = {
  parse: (body) => alertmanager.parse({ ...Body.parse(body), version: '4' }),
  deliveryId: () => null,
};
