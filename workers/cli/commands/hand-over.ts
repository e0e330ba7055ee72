import { messageCommand, type MessageOptions } from '../runs/message-command';

/** `runbook hand-over <run>`: another person looks after an incident. */
export const handOver = () =>
  messageCommand(
    {
      kind: 'handOver',
      summary: 'another person looks after the incident from now on',
      example: 'runbook hand-over x1y2 --to bob --reason "my shift ends"',
      reason: 'needed',
    },
    {
      options: (command) => command.requiredOption('--to <name>', 'who looks after it from now on'),
      content: ({ to }: MessageOptions & { readonly to: string }) => ({ to }),
    },
  );
