import type { Finding } from '../../domain/finding.ts';
import type { Planning } from '../planning.ts';

/** What a plan does about the findings of one rule: adds steps, or lets a step that is there settle them. */
export type Remedy = (planning: Planning, findings: readonly Finding[]) => void;
