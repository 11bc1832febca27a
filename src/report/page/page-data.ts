/**
 * What the page's script works on: tables by column, so that a hundred thousand rows of a handful of rules and
 * severities cost little. Shared by the code that writes the page and the code that runs in it; imports nothing but types.
 */

import type { PlanStep } from '../../domain/plan.ts';

export type PageCell = string | number | null;

/** One column: its values in the order of the rows, or each different value once and which of them a row has. */
export interface PackedColumn {
  values: PageCell[];
  at?: number[];
}

/** A table as it lies in the page. */
export interface PackedTable {
  /** Rows that the run has; more than `rows` where the page holds a part. */
  total: number;
  rows: number;
  /** Rows that the page holds; more than `rows` in the part of a long table that is shown first. */
  held: number;
  columns: Readonly<Record<string, PackedColumn>>;
}

/** What the page shows of a step of the plan. */
export const STEP_FIELDS = [
  'step',
  'phase',
  'who',
  'action',
  'subject',
  'how',
  'requires',
  'resolves',
  'irreversible',
  'verify',
] as const;

export interface PageStep extends Pick<PlanStep, (typeof STEP_FIELDS)[number]> {
  /** Why its findings stay open until somebody else acts; empty where they do not. */
  open: string;
  /** Rules of the findings that it resolves. */
  rules: string[];
  /** What must be done before, in words. */
  after: string;
  isDecision: boolean;
  /** Whom it is done to, as many as the page has room for. */
  subjects: { subject: string; detail: string }[];
  /** How many more there are. */
  more: number;
}

export interface PackedPlan {
  total: number;
  steps: PageStep[];
}

/** What the script needs besides the tables. */
export interface PageFacts {
  /** sha256 of the snapshot's manifest: under it the ticks of the plan are kept. */
  snapshot: string;
  /** When the data was read and until when the plan may be followed, UTC: the reader's clock tells its age. */
  read: { ended: string; good_until: string };
  /** Addresses in the Okta Admin Console to which an id is appended; null where the org's console is not known. */
  console: ConsoleAddresses | null;
}

export interface ConsoleAddresses {
  user: string;
  group: string;
  /** By app id, whole. */
  apps: Readonly<Record<string, string>>;
  /** The System Log's search; an event's id in quotes is appended. */
  event: string;
}

/** Names of the elements that hold the data, by table. */
export const PAGE_TABLES = [
  'findings',
  'groups',
  'users',
  'memberships',
  'access',
  'configuration',
  'confirmations',
  'rules',
] as const;
export type PageTableName = (typeof PAGE_TABLES)[number];
