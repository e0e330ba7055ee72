import { onOneLine, printable } from '../../../activities/report/printable';
import { colour } from '../terminal/printing';
import type { WatchLine } from './watch-lines';

const STYLES = { good: 'green', bad: 'red', dim: 'dim', attention: 'yellow' } as const;

/** Lines that stay, and below them one that is redrawn where the output is a terminal. */
export class WatchScreen {
  private live = '';

  constructor(private readonly stream: NodeJS.WriteStream = process.stdout) {}

  /** Whether a line can be redrawn. */
  get canRedraw(): boolean {
    return Boolean(this.stream.isTTY);
  }

  line({ text, tone }: WatchLine): void {
    this.clear();
    this.stream.write(`${tone === 'plain' ? printable(text) : colour(STYLES[tone], text, this.stream)}\n`);
  }

  /** Draws the last line again; nothing where the output is no terminal. */
  redraw(text: string): void {
    if (!this.canRedraw) return;
    const fitted = [...onOneLine(text)].slice(0, Math.max(10, (this.stream.columns || 80) - 1)).join('');
    if (fitted === this.live) return;
    this.clear();
    this.stream.write(colour('dim', fitted, this.stream));
    this.live = fitted;
  }

  clear(): void {
    if (this.live) this.stream.write('\r\u001b[2K');
    this.live = '';
  }
}
