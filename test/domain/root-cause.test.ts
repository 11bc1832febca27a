import { describe, expect, test } from 'vitest';
import { consequencesSentence, rootCauseOf } from '../../src/domain/root-cause.ts';
import { RULES } from '../../src/rules/index.ts';

const found = (rule: string, subject = rule) => ({ rule, subject });

describe('the root cause of a night', () => {
  const effects = [found('member-missing', 'a'), found('user-not-provisioned'), found('member-missing', 'b')];

  test('is the refused token before its consequences', () => {
    const cause = rootCauseOf([...effects, found('scim-credentials-rejected'), found('import-enabled')]);
    expect(cause?.root.rule).toBe('scim-credentials-rejected');
    expect(cause?.consequences).toEqual(effects);
    expect(cause && consequencesSentence(cause)).toBe(
      '3 findings may be its consequences (2 member-missing, user-not-provisioned)',
    );
  });

  test('is the nearest one where there are several', () => {
    const roots = [found('scim-credentials-rejected'), found('jit-still-on'), found('scim-app-inactive')];
    expect(rootCauseOf([...roots, ...effects])?.root.rule).toBe('scim-app-inactive');
  });

  test('is none where nothing may be its consequence, and where there is no root', () => {
    expect(rootCauseOf([found('scim-credentials-rejected'), found('import-enabled')])).toBeNull();
    expect(rootCauseOf(effects)).toBeNull();
  });

  test('speaks of rules of the nightly audit only', () => {
    const nightly = new Set(RULES.filter(({ when }) => when.includes('drift')).map(({ id }) => id));
    for (const rule of nightly) {
      const cause = rootCauseOf([found(rule), ...effects]);
      if (cause !== null) expect(nightly).toContain(cause.root.rule);
    }
    const roots = [...nightly].filter((rule) => rootCauseOf([found(rule), ...effects]) !== null);
    expect(roots.sort()).toEqual([
      'jit-still-on',
      'provisioning-connection-off',
      'scim-app-inactive',
      'scim-app-missing',
      'scim-credentials-rejected',
    ]);
  });
});
