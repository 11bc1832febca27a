import { expect } from 'vitest';
import { DATASETS, type DatasetName } from '../../../src/domain/dataset.ts';
import type { Need } from '../../../src/domain/rule.ts';
import type { RunSummary } from '../../../src/domain/run.ts';
import { RULES } from '../../../src/rules/index.ts';
import { needsOf } from '../../../src/rules/needs.ts';
import { readCsv, readRun } from './cli.ts';

/** The datasets that a need is met from. */
function datasetsOf(need: Need): DatasetName[] {
  if (need === 'assigned' || need === 'provisionedUsers') return ['okta.appUsers', 'okta.ssoAppUsers'];
  if (need === 'otherManagers' || need === 'untypedGroups')
    return ['okta.otherAppUsers', 'okta.otherPushMappings'];
  // A baseline is another run's, never a gap of this one.
  if (need === 'baseline' || need === 'baselineAccounts') return [];
  return [need === 'pushScope' ? 'okta.pushScope' : need];
}

function isGap(run: RunSummary, name: DatasetName): boolean {
  const { completeness } = run.datasets[name];
  return completeness === 'partial' || (completeness === 'unread' && !DATASETS[name].bestEffort);
}

/**
 * Holds an incomplete run to its word: code 3, what was not read has a reason, no rule that needs it passes or
 * fails, and nothing passes that fails when everything is read.
 */
export function expectNoFalsePass(
  dir: string,
  whole: RunSummary,
): { gaps: DatasetName[]; unknown: string[] } {
  const run = readRun(dir);
  const gaps = (Object.keys(run.datasets) as DatasetName[]).filter((name) => isGap(run, name));
  expect(run.exit_code).toBe(3);
  expect(gaps.map((name) => [name, run.datasets[name].reason]).filter(([, reason]) => reason === '')).toEqual(
    [],
  );
  const outcomes = new Map(readCsv(dir, 'rules').map((row) => [row.rule ?? '', row]));
  for (const rule of RULES.filter(({ when }) => when.includes('precutover'))) {
    const row = outcomes.get(rule.id);
    const missing = needsOf(rule)
      .flatMap(datasetsOf)
      .filter((name) => gaps.includes(name));
    if (missing.length > 0) {
      // Skipped is what does not apply to this org, whatever else could not be read.
      expect(['unknown', 'skipped'], `${rule.id} without ${missing.join(', ')}`).toContain(row?.outcome);
      expect(row, rule.id).toMatchObject({ findings: '0', reason: expect.stringMatching(/./u) });
      if (row?.outcome === 'skipped') expect(whole.rules[rule.id]?.outcome, rule.id).toBe('skipped');
    }
    if (row?.outcome === 'pass') expect(whole.rules[rule.id]?.outcome, rule.id).toBe('pass');
  }
  const unknown = [...outcomes.values()].filter(({ outcome }) => outcome === 'unknown');
  return { gaps, unknown: unknown.map(({ rule }) => rule ?? '') };
}
