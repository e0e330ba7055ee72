/** A server as an endpoint points at it. */
export interface EndpointNode {
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

/** What an endpoint says of itself, all its processes taken together. */
export interface EndpointState {
  /** `partly` where its processes differ. */
  readonly open: 'open' | 'closed' | 'partly';
  /** The node that it points at by `host:port`; null where its processes differ or the address is no node of the target. */
  readonly node: string | null;
  /** The fencing token with which it was last pointed; 0 = never by us. */
  readonly token: number;
  /** Server connections that run something now. */
  readonly busy: number;
  /** What an operator should know: an earlier WAIT_CLOSE, a console that does not answer. Empty = nothing. */
  readonly problems: readonly string[];
}

/** Where applications connect. Every method decides by looking first, so that repeating it is safe. */
export interface Endpoint {
  /** Kind and address, for plan and report; no secret. */
  readonly label: string;
  describe(): Promise<EndpointState>;
  /**
   * Lets no client through. `drain` waits for open transactions at most `withinMs`, then opens again and throws `EndpointBusy`;
   * `kill` ends them at once. Returns when nothing runs through it any more, and throws where that is not certain.
   */
  close(how: 'drain' | 'kill', withinMs: number, signal: AbortSignal): Promise<void>;
  /** Points at a node while closed. Throws `Superseded` where it was pointed with a greater token; the same token again is fine. */
  point(node: EndpointNode, token: number): Promise<void>;
  /** Lets clients through. */
  open(): Promise<void>;
}

/** What pg_control says of a stopped or running server. */
export interface ControlData {
  readonly systemIdentifier: string;
  /** As pg_controldata prints it: `shut down`, `shut down in recovery`, `in production`, `in archive recovery`, ... */
  readonly state: string;
  readonly checkpointLsn: string;
  readonly redoLsn: string;
  readonly timeline: number;
  /** Whether a later pg_rewind is possible: wal_log_hints or data checksums. */
  readonly canRewind: boolean;
}

export interface NodeState {
  /** Whether a postmaster lives; null where nobody can know (a person looks after the node). */
  readonly running: boolean | null;
  /** Whether standby.signal is there; null where nobody can know. */
  readonly standbySignal: boolean | null;
  readonly control: ControlData | null;
}

export type NodeAct = 'stop' | 'start' | 'mark' | 'fence' | 'rewind' | 'reclone';

/** Where a copy comes from: a server that answers, and its login for replication as libpq's key words without a password in the text. */
export interface CopySource {
  readonly host: string;
  readonly port: number;
  /** libpq conninfo for pg_rewind and pg_basebackup, password included; never logged. */
  readonly conninfo: string;
  /** The source's data directory where it lies on this machine; lets a copy do without client tools. */
  readonly dataDirectory: string | null;
}

/** Where a standby streams from. */
export interface Upstream {
  /** primary_conninfo, password included; never logged. */
  readonly conninfo: string;
  readonly slot: string;
}

/** Power over the server process and files of one node. Every method looks first; done already is success. */
export interface NodeControl {
  readonly by: 'local' | 'person';
  /** What it can do here, with the reason for what it cannot. */
  can(act: NodeAct): Promise<true | string>;
  state(): Promise<NodeState>;
  /** Puts standby.signal in place, so that any start comes up read-only. */
  markStandby(): Promise<void>;
  /** Writes where a stopped standby streams from into its postgresql.auto.conf: without it a rewound node may never become consistent. */
  pointAt(upstream: Upstream): Promise<void>;
  /** Takes standby.signal away. Refuses while a standby runs there: it would start as a primary the next time. */
  unmarkStandby(): Promise<void>;
  /** A clean stop (fast); throws `NodeStillRuns` after `withinMs`. */
  stop(withinMs: number, signal: AbortSignal): Promise<void>;
  /** Starts the server and returns when it accepts connections; throws after `withinMs` with the end of its log. */
  start(withinMs: number, signal: AbortSignal): Promise<void>;
  /** Makes sure that the server is off and comes back read-only only: SIGKILL to all its processes, standby.signal in place. */
  fence(): Promise<void>;
  /**
   * pg_rewind from a running source on the given timeline; the node's own configuration files are saved and put back, standby.signal set.
   * The node must be stopped.
   */
  rewind(source: CopySource, timeline: number, signal: AbortSignal): Promise<void>;
  /** A new copy in place of the stopped node's data directory; the old one is moved aside to `keepAs` where given. Configuration files of the node are kept. */
  reclone(source: CopySource, keepAs: string | null, signal: AbortSignal): Promise<void>;
}
