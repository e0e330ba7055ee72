import type { IncidentRecord } from '../../../workflows/contracts/incident';
import type { RunReport } from '../../../workflows/contracts/journal';
import type { Fact } from '../facts';

/** A part of a post-mortem as plain text; each format escapes it in its own way. */
export interface Part {
  readonly label?: string;
  readonly says?: string;
  readonly facts?: readonly Fact[];
  readonly lines?: readonly string[];
  /** Things still to be done, with a box to tick. */
  readonly tasks?: readonly string[];
  /** What people should write here; the run cannot know it. */
  readonly blank?: string;
}

export interface Section {
  readonly heading: string;
  readonly parts: readonly Part[];
}

export interface PostMortem {
  readonly title: string;
  readonly says: string;
  /** How it stands or ended, in a sentence or two. */
  readonly state: string;
  readonly sections: readonly Section[];
}

/** What a post-mortem is made of. */
export interface Material {
  readonly report: RunReport;
  readonly incident: IncidentRecord;
  /** Up to when the record tells: the end of the run, else now; milliseconds since 1970. */
  readonly until: number;
}
