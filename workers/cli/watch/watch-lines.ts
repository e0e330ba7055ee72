import { MARKS, type StepRecord } from '../../../workflows/contracts/journal';
import { onOneLine, shorten } from '../../../activities/report/printable';
import { inWords } from '../../../workflows/pure/span';
import type { RunStatus } from '../../../workflows/engine/display/status';

/** A line of the watch with how it is to be coloured. */
export interface WatchLine {
  readonly text: string;
  readonly tone: 'plain' | 'good' | 'bad' | 'dim' | 'attention';
}

const TONES: Record<StepRecord['outcome'], WatchLine['tone']> = {
  running: 'dim',
  done: 'good',
  waived: 'dim',
  skipped: 'dim',
  failed: 'bad',
  undone: 'attention',
  'undo failed': 'bad',
  'not needed': 'dim',
};

/** What of a journal was not shown yet. `shown` remembers the outcome of each line by its number; a Reset's shorter journal starts again. */
export class JournalLines {
  private shown = new Map<number, string>();

  /** The new lines; with `starts`, also a line when a step begins (where no running line can be redrawn). */
  take(steps: readonly StepRecord[], starts: boolean): WatchLine[] {
    if (steps.length < this.shown.size) this.shown = new Map();
    return steps.flatMap((step) => {
      if (this.shown.get(step.number) === step.outcome) return [];
      if (step.outcome === 'running' && !starts) return [];
      this.shown.set(step.number, step.outcome);
      return [stepLine(step)];
    });
  }
}

/** One step as one line. */
export function stepLine(step: StepRecord): WatchLine {
  const parts: (string | false | undefined)[] = [
    `${MARKS[step.outcome]} ${String(step.number).padStart(3)}  ${'  '.repeat(step.depth)}${step.title}`,
    step.endedAt !== undefined && step.verb !== 'engine' && inWords(Date.parse(step.endedAt) - Date.parse(step.startedAt)),
    step.rows !== undefined && `${step.rows} rows`,
    ['done', 'running'].includes(step.outcome) ? false : step.outcome,
    step.note,
    step.failure && `${step.failure.type}: ${step.failure.message}`,
  ];
  return { text: shorten(oneLine(parts), 400), tone: TONES[step.outcome] };
}

/** The line that is redrawn while a step runs or the run waits. */
export function runningLine(steps: readonly StepRecord[], status: RunStatus, now: number): string {
  const running = steps.findLast((step) => step.outcome === 'running');
  if (!running) return `… ${status.phase}`;
  return oneLine([`▶ ${String(running.number).padStart(3)}  ${running.title}`, inWords(now - Date.parse(running.startedAt))]);
}

/** What a person should know or do now, as blocks with a key: each is shown once. */
export function calls(run: string, status: RunStatus): { readonly key: string; readonly lines: readonly WatchLine[] }[] {
  const { gate, parked, paused, waitingForLock } = status;
  const found: { key: string; lines: WatchLine[] }[] = [];
  if (gate) {
    const digits = status.plan?.slice(0, 8) ?? '';
    const choice = gate.choices.length ? ` --choice ${shellWord(gate.choices[0] ?? '')}` : '';
    found.push({
      key: `gate ${gate.number} ${status.plan ?? ''} ${gate.openedAt} ${gate.approvedBy.length}`,
      lines: [
        attention(
          `? Your decision, gate ${gate.number} of ${gate.of}: ${gate.title} (${gate.approvedBy.length} of ${gate.quorum} approvals${gate.approvedBy.length ? `, by ${gate.approvedBy.join(', ')}` : ''})`,
        ),
        ...(gate.choices.length ? [plain(`    choices: ${gate.choices.join(', ')}`)] : []),
        ...(gate.blockedBecause === null ? [] : [attention(`! No approval counts here: ${gate.blockedBecause}`)]),
        plain(`    runbook approve ${shellWord(run)} --plan ${digits} --gate ${gate.number}${choice}`),
        plain(`    runbook reject ${shellWord(run)} --reason "…"`),
      ],
    });
  }
  if (parked) {
    found.push({
      key: `parked ${parked.step} ${parked.failure.message}`,
      lines: [
        attention(`! Needs an operator: ${parked.step}: ${parked.failure.type}: ${parked.failure.message}`),
        ...parked.choices.map((choice) => plain(`    runbook ${choice} ${shellWord(run)}${choice === 'retry' ? '' : ' --reason "…"'}`)),
      ],
    });
  }
  if (paused)
    found.push({
      key: `paused ${paused.at}`,
      lines: [attention(`‖ Paused by ${paused.by}${paused.reason ? `: ${paused.reason}` : ''}`), plain(`    runbook resume ${shellWord(run)}`)],
    });
  if (waitingForLock) found.push({ key: `lock ${waitingForLock}`, lines: [attention(`… Waiting for the target lock: ${waitingForLock}`)] });
  return found;
}

/** Whether the run waits for a person now. */
export const waitsForHuman = (status: RunStatus): boolean => Boolean(status.gate ?? status.parked ?? status.paused);

/** A word as a POSIX shell takes it; ids of ours need no quotes. */
export const shellWord = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);

const attention = (text: string): WatchLine => ({ text: onOneLineKeepingMargin(text), tone: 'attention' });
const plain = (text: string): WatchLine => ({ text: onOneLineKeepingMargin(text), tone: 'plain' });
const oneLine = (parts: readonly (string | false | undefined)[]): string => onOneLine(parts.filter(Boolean).join('  '));
const onOneLineKeepingMargin = (text: string): string => (/^ */.exec(text)?.[0] ?? '') + onOneLine(text);
