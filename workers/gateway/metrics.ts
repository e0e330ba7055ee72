import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** What the gateway says of itself to Prometheus. Labels are names of routes.yaml and fixed words only, so that no sender can make series. */
export class GatewayMetrics {
  readonly registry = new Registry();
  readonly deliveries = new Counter({
    name: 'runbooks_gateway_deliveries_total',
    help: 'Deliveries by source and HTTP status.',
    labelNames: ['source', 'status'],
    registers: [this.registry],
  });
  readonly alerts = new Counter({
    name: 'runbooks_gateway_alerts_total',
    help: 'Alerts by source and what became of them.',
    labelNames: ['source', 'state'],
    registers: [this.registry],
  });
  readonly seconds = new Histogram({
    name: 'runbooks_gateway_answer_seconds',
    help: 'Time until a delivery was answered.',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 4],
    registers: [this.registry],
  });
  readonly pages = new Counter({
    name: 'runbooks_gateway_pages_total',
    help: 'People who were told what the gateway would not do by itself, by whether a channel took it.',
    labelNames: ['taken'],
    registers: [this.registry],
  });
  readonly silence = new Gauge({
    name: 'runbooks_gateway_watchdog_silence_seconds',
    help: 'Seconds since the watchdog of a source was heard.',
    labelNames: ['source'],
    registers: [this.registry],
  });
  readonly sweeps = new Counter({
    name: 'runbooks_gateway_sweeps_total',
    help: 'Rounds of the sweep, by how they ended.',
    labelNames: ['ended'],
    registers: [this.registry],
  });
}
