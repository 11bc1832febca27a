import type { Finding } from '../../../src/domain/finding.ts';
import type { UserRow } from '../../../src/domain/situation.ts';
import { type PageInput, takeExcerpts } from '../../../src/report/page/write-page.ts';
import { RULES } from '../../../src/rules/index.ts';
import {
  NO_PLAN,
  sampleFinding,
  sampleManifest,
  sampleResult,
  sampleRun,
  sampleUsers,
} from '../sample-run.ts';

/** What a page is written from; nothing happened unless said otherwise. */
export function pageInput(over: Partial<PageInput> = {}): PageInput {
  const { findings = [] } = over;
  const { files: _files, ...run } = sampleRun({ findings });
  const { manifest, rules } = sampleResult();
  return {
    run,
    manifest,
    findings,
    rules,
    groups: [],
    excerpts: takeExcerpts(),
    configuration: [],
    confirmations: null,
    plan: NO_PLAN,
    earlier: [],
    apps: [],
    ...over,
  };
}

/** A run with so many findings of all rules, no two alike, and as many users. */
export async function largePageInput(count: number): Promise<PageInput> {
  const rules = RULES.filter(({ when }) => when.includes('precutover'));
  const findings = Array.from({ length: count }, (_, n): Finding => {
    const rule = rules[n % rules.length];
    if (!rule) throw new Error('There are no rules.');
    const email = `person.${n}@department-${n % 97}.example`;
    const id = (n * 2_654_435_761) % 2 ** 32;
    return sampleFinding({
      finding_id: id.toString(16).padStart(8, '0') + (n ^ 0x5bd1e995).toString(16).padStart(8, '0').slice(-8),
      rule: rule.id,
      severity: rule.severity,
      subject_type: 'user',
      subject: email,
      okta_id: `00u${id.toString(36).padStart(17, 'x')}`,
      opti_id: `${id.toString(16)}-4d29-9e66-${n.toString(16).padStart(12, '0')}`,
      detail: `${email} loses CMS / Production: Editor with Opti group ${n % 5000}: until it is given back to the pushed group.`,
      fix: typeof rule.fix === 'string' ? rule.fix : 'It depends.',
      who: rule.who,
      evidence: {
        groups: [`Opti group ${n % 5000}`, `Opti group ${n % 4999}`],
        role: 'Editor',
        paths: n % 7,
      },
    });
  });
  const excerpts = takeExcerpts();
  async function* users(): AsyncGenerator<UserRow[]> {
    for (let at = 0; at < count; at += 2000) {
      yield Array.from({ length: Math.min(2000, count - at) }, (_, n) => ({
        situation: 'TAKE_OVER' as const,
        email: `person.${at + n}@department.example`,
        okta_user_id: `00u${at + n}`,
        okta_status: 'ACTIVE',
        opti_user_id: `u${at + n}`,
        opti_email: `person.${at + n}@department.example`,
        groups: `Opti group ${n}; Opti group ${n + 1}`,
        instances: 'CMS / Production',
        findings: n % 10 === 0 ? 'access-lost-with-group' : '',
      }));
    }
  }
  for await (const _batch of excerpts.users.watch(users())) {
    // Written elsewhere.
  }
  const { files: _files, ...run } = sampleRun({ findings, users: sampleUsers({ TAKE_OVER: count }) });
  return pageInput({ findings, excerpts, run, manifest: sampleManifest() });
}
