/** One thing that doctor looked at. `hint` = runs work without it. */
export interface Finding {
  readonly what: string;
  readonly state: 'good' | 'hint' | 'bad';
  readonly says: string;
  readonly unreachable?: boolean;
}
