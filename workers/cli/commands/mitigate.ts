import { messageCommand } from '../runs/message-command';
import { mitigationOf, type MitigateOptions } from '../runs/mitigation';
import { collect } from '../terminal/command-shape';

/** `runbook mitigate <run>`: starts a runbook for an incident, or says that users are served again. */
export const mitigate = () =>
  messageCommand(
    {
      kind: 'mitigate',
      summary: 'starts a runbook on the incident’s target; without one: users are served again',
      example: 'runbook mitigate x1y2 --runbook relieveConnectionExhaustion --set freeSlots=30 --reason "end what idles"',
      reason: 'needed',
    },
    {
      options: (command) =>
        command
          .option('--runbook <runbook>', 'what to start; it asks at its own gate')
          .option('--set <key=value>', 'one input of it; may be given several times', collect)
          .option('--input <json>', 'its inputs as one JSON object, or @file with one'),
      content: (options: MitigateOptions) => mitigationOf(options),
    },
  );
