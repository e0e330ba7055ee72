import type { OpenEffect } from '../../contracts/journal';

/** How a change is undone: one effect, or a bracket that has ended together with the changes inside it. */
export type Undo =
  | { readonly kind: 'effect'; readonly effect: OpenEffect }
  | { readonly kind: 'bracket'; readonly begin: OpenEffect; readonly inner: readonly Undo[] };

/** Owns what a run did to the world, and how it is undone. An effect is registered before it acts. */
export class Effects {
  private undos: Undo[] = [];
  /** Keys of effects that were answered as done; a skipped step is finished and has made none. */
  private readonly made = new Set<string>();
  /** Keys of everything that may have acted; what is proved never to have begun is taken out again. */
  private readonly attempted = new Set<string>();
  /** The point of no return: ordered and perhaps not sent yet, or passed. */
  private last: { readonly key: string; readonly title: string; readonly passed: boolean } | null = null;
  private repeats = 0;

  /** The title of the step after which only forward is possible; null while everything can be undone. */
  get pointOfNoReturn(): string | null {
    return this.last?.passed ? this.last.title : null;
  }

  /** The title of such a step that is at work: whether it was sent is not known before its answer. */
  get approaching(): string | null {
    return this.last && !this.last.passed ? this.last.title : null;
  }

  /** Whether the run may have changed anything. */
  get hasChanged(): boolean {
    return this.attempted.size > 0;
  }

  /** Every effect that is not undone, oldest first, also those without an undo. */
  get all(): readonly OpenEffect[] {
    return this.undos.flatMap(effectsOf);
  }

  /** Every effect whose undo is still open, oldest first. */
  get open(): readonly OpenEffect[] {
    return this.all.filter((effect) => 'by' in effect.undo);
  }

  get openTitles(): string[] {
    return this.open.map((effect) => effect.title);
  }

  /** Registers an effect before it acts; a repeated attempt finds itself registered. */
  register(effect: OpenEffect): void {
    this.attempted.add(effect.key);
    if (this.find(effect.key) < 0) this.undos.push({ kind: 'effect', effect });
  }

  /** Records that an effect was made. */
  confirm(key: string): void {
    this.made.add(key);
  }

  isMade(key: string): boolean {
    return this.made.has(key);
  }

  /** Takes out an effect that is proved never to have begun. */
  withdraw(key: string): void {
    const at = this.find(key);
    if (at >= 0) this.undos.splice(at, 1);
    this.attempted.delete(key);
  }

  /** Records that a child run may change something: from here on this run undoes what the child leaves. */
  registerChild(key: string): void {
    this.attempted.add(key);
  }

  /** Takes over the effects that another run left open; they are no change of this run. */
  adopt(effects: readonly OpenEffect[]): void {
    this.undos.push(...effects.map((effect) => ({ kind: 'effect' as const, effect })));
  }

  /** Notes that a point of no return is ordered; past an earlier one nothing is left to close. */
  approach({ key, title }: Pick<OpenEffect, 'key' | 'title'>): void {
    this.last ??= { key, title, passed: false };
  }

  /** Forgets it: it is proved that nothing of it was sent. */
  standBack(key: string): void {
    if (this.last?.key === key && !this.last.passed) this.last = null;
  }

  /**
   * Closes every undo, because the point of no return was sent, or may have been: from here on an earlier undo would do harm. Answers with
   * the titles of what stays, or with null past an earlier point of no return.
   */
  closeUndos(key: string): string[] | null {
    if (this.last?.key !== key || this.last.passed) return null;
    this.last = { ...this.last, passed: true };
    const stays = this.open.filter((effect) => effect.key !== key).map(({ title }) => title);
    this.undos = this.undos.filter((undo) => undo.kind === 'effect' && undo.effect.key === key);
    return stays;
  }

  /** The effect that began a bracket; undefined where the bracket is not open. */
  findBegin(key: string): OpenEffect | undefined {
    const undo = this.undos[this.find(key)];
    return undo?.kind === 'effect' ? undo.effect : undefined;
  }

  /** Ends a bracket whose begin was undone: the undos inside it fold into one. */
  foldBracket(key: string): void {
    const at = this.find(key);
    const [begin, ...inner] = at < 0 ? [] : this.undos.splice(at);
    if (begin?.kind === 'effect' && inner.length) this.undos.push({ kind: 'bracket', begin: begin.effect, inner });
  }

  /** Takes all undos for a rollback, newest first. What fails is put back. */
  takeUndos(): Undo[] {
    return this.undos.splice(0).reverse();
  }

  /** Puts back undos that failed, in the order in which they were taken. */
  putBack(failed: readonly Undo[]): void {
    this.undos.push(...[...failed].reverse());
  }

  /** Numbers the repetitions of brackets during a rollback: each is an effect of its own. */
  countRepeat(): number {
    return ++this.repeats;
  }

  /** Forgets effects that a failover lost; answers with their titles. */
  forgetLost(lost: readonly string[]): string[] {
    const gone = this.all.filter(({ key }) => lost.includes(key)).map(({ title }) => title);
    this.undos = withoutLost(this.undos, lost);
    for (const key of lost) {
      this.made.delete(key);
      this.attempted.delete(key);
    }
    return gone;
  }

  private find(key: string): number {
    return this.undos.findIndex((undo) => undo.kind === 'effect' && undo.effect.key === key);
  }
}

const effectsOf = (undo: Undo): OpenEffect[] => (undo.kind === 'effect' ? [undo.effect] : undo.inner.flatMap(effectsOf));

const withoutLost = (undos: readonly Undo[], lost: readonly string[]): Undo[] =>
  undos.flatMap((undo): Undo[] => {
    if (undo.kind === 'effect') return lost.includes(undo.effect.key) ? [] : [undo];
    const inner = withoutLost(undo.inner, lost);
    return lost.includes(undo.begin.key) ? inner : [{ ...undo, inner }];
  });
