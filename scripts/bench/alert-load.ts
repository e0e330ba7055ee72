/** An alert of the load, as Prometheus would name it. */
export interface LoadedAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly status: 'firing' | 'resolved';
}

export const LOOKS = 'DatabaseOdd';
export const CHANGES = 'PostgresConnectionsHigh';

/** Of ten deliveries eight are repeats, one is a new episode and one the end of an episode; a fourth of the episodes asks for a change. */
export function alertLoad(count: number, targets: readonly string[]): LoadedAlert[] {
  const began = Date.now();
  const firing: LoadedAlert[] = [];
  const load: LoadedAlert[] = [];
  let episodes = 0;
  for (let i = 0; i < count; i++) {
    const known = firing[(i * 7) % (firing.length || 1)];
    if (i % 10 === 1 || !known) {
      const n = episodes++;
      const labels = { alertname: n % 4 === 3 ? CHANGES : LOOKS, target: targets[n % targets.length] ?? '', instance: `i-${n}` };
      load.push({ labels, startsAt: new Date(began + n).toISOString(), status: 'firing' });
      firing.push(load.at(-1) as LoadedAlert);
    } else if (i % 10 === 6 && firing.length > targets.length) load.push({ ...(firing.shift() as LoadedAlert), status: 'resolved' });
    else load.push(known);
  }
  return load;
}

/** A delivery of one alert by Alertmanager's webhook. Source: payload version 4. */
export const webhookBody = ({ labels, startsAt, status }: LoadedAlert): string =>
  JSON.stringify({
    version: '4',
    groupKey: `{}:{alertname="${labels['alertname'] ?? ''}"}`,
    status,
    receiver: 'runbooks',
    alerts: [
      {
        status,
        labels,
        annotations: { summary: `${labels['alertname'] ?? ''} on ${labels['target'] ?? ''}` },
        startsAt,
        endsAt: status === 'resolved' ? new Date().toISOString() : '0001-01-01T00:00:00Z',
        generatorURL: 'http://prometheus.example/graph',
      },
    ],
  });

/** The same alert as Prometheus posts it to Alertmanager. */
export const postBody = ({ labels, startsAt, status }: LoadedAlert): string =>
  JSON.stringify([
    {
      labels,
      annotations: { summary: `${labels['alertname'] ?? ''} on ${labels['target'] ?? ''}` },
      startsAt,
      ...(status === 'resolved' ? { endsAt: new Date().toISOString() } : {}),
      generatorURL: 'http://prometheus.example/graph',
    },
  ]);
