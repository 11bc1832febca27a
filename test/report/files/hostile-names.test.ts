import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { JOBS } from '../../../src/domain/rule.ts';
import { assemblePlan } from '../../../src/plan/assemble-plan.ts';
import { makePlan } from '../../../src/plan/make-plan.ts';
import { columnsOf, type ReportTable } from '../../../src/report/files/columns.ts';
import { planRows, writePlan } from '../../../src/report/files/plan-csv.ts';
import * as write from '../../../src/report/files/write-tables.ts';
import { ABOUT } from '../../plan/support/plain-state.ts';
import { minutesBefore, World } from '../../support/world.ts';

const FORMULA = /^[=+\-@\t\r\n\0＝＋－＠]/u;

const piece = fc.constantFrom(
  ...['\n', '\r', '\r\n', '\t', '\0', '"', '""', ',', ';', "'", '=', '+', '-', '@', '＝', '＋', '－', '＠'],
  ...['::', ' ', '\u2028', '\uFEFF', '\u200B', 'Ü', '👩‍💻', 'Sales', '1e5', '|'],
);
const name = fc.array(piece, { minLength: 1, maxLength: 5 }).map((pieces) => `${pieces.join('')}x`);
const names = fc.array(name, { minLength: 12, maxLength: 12 });

/** An org pair whose names are these: groups taken, orphaned, drifted and failed, people missing and renamed. */
function worldOf(texts: readonly string[], isNight: boolean): World {
  const world = new World();
  let at = 0;
  const next = (): string => {
    at += 1;
    return `${texts[at % texts.length]}${at < texts.length ? '' : at}`;
  };
  world.organization({ name: next(), provisioning_mode: isNight ? 'scim' : 'jit' });
  world.changeScimApp({ label: next(), username_template: next() });
  const people = [0, 1, 2].map(() => {
    const stored = world.optiUser({ first_name: next(), email: `${next()}@example.com` });
    const okta = world.person({ last_name: next(), login: next() }, { external_id: isNight ? stored : null });
    world.userEvent('application.provision.user.sync', okta, { outcome: 'FAILURE', outcome_reason: next() });
    return { okta, stored };
  });
  for (const { okta } of people) {
    const group = next();
    const pushed = world.pushedGroup(group, [okta]);
    const made = world.optiGroup(group, [], {
      group_type: isNight ? 'internal' : 'custom',
      description: next(),
    });
    world.grant(made, next(), next(), next());
    if (isNight)
      world.mapping(pushed, { status: 'ERROR', error_summary: next(), created: minutesBefore(300) });
    world.groupEvent('application.provision.group_push.pushed', group, {
      outcome: 'FAILURE',
      outcome_reason: next(),
    });
  }
  const left = world.optiGroup(
    next(),
    people.map(({ stored }) => stored),
    { group_type: 'internal' },
  );
  world.grant(left, next(), next(), next());
  return world;
}

/** What a strict reader of RFC 4180 makes of a file: any line end outside of quotes would end a row too early. */
async function readStrictly(dir: string, table: ReportTable): Promise<string[][]> {
  const text = await readFile(join(dir, `${table}.csv`), 'utf8');
  expect(text.startsWith('\uFEFF')).toBe(true);
  expect(text.endsWith('\r\n')).toBe(true);
  return parse(text, { bom: true, record_delimiter: ['\r\n', '\n', '\r'] });
}

test.each(JOBS)(
  'every CSV of a run (%s) gives hostile names back to a strict reader',
  { timeout: 120_000 },
  async (job) => {
    let isHostile = false;
    const check = async (texts: string[]): Promise<void> => {
      const world = worldOf(texts, job === 'drift');
      const run = await world.analyse(job);
      const work = makePlan({
        job,
        findings: run.findings,
        state: run.planState,
        limits: { maxDeletes: 5, maxMembershipLossPercent: 20, maxLastPaths: 10 },
      });
      const plan = assemblePlan(work, null, { ...ABOUT, job });
      const tables: Partial<Record<ReportTable, readonly object[]>> = {
        findings: run.findings,
        rules: run.rules,
        groups: run.groups,
        users: run.users,
        memberships: run.memberships,
        access: run.access,
        configuration: run.configuration,
        confirmations: run.confirmations,
        plan: planRows(plan),
      };
      const dir = await mkdtemp(join(tmpdir(), 'optiid-audit-test-'));
      try {
        await write.writeFindings(dir, run.findings);
        await write.writeRules(dir, run.rules);
        await write.writeGroups(dir, run.groups);
        await write.writeUsers(dir, [run.users]);
        await write.writeMemberships(dir, [run.memberships]);
        await write.writeAccess(dir, [run.access]);
        await write.writeConfiguration(dir, run.configuration);
        await write.writeConfirmations(dir, run.confirmations);
        await writePlan(dir, plan);
        for (const [table, rows] of Object.entries(tables) as [ReportTable, readonly object[]][]) {
          const columns = columnsOf(table);
          const [header, ...read] = await readStrictly(dir, table);
          expect(header).toEqual(columns);
          // Lists and objects have texts of their own; what is one text must come back as it was.
          const plain = columns.filter((column) =>
            rows.every((row) => typeof (row as Record<string, unknown>)[column] === 'string'),
          );
          const expected = rows.map((row) =>
            plain.map((column) => {
              const raw = (row as Record<string, string>)[column] ?? '';
              return FORMULA.test(raw) ? `'${raw}` : raw;
            }),
          );
          const found = read.map((cells) => plain.map((column) => cells[columns.indexOf(column)]));
          const sorted = (all: unknown[]) => all.map((each) => JSON.stringify(each)).sort();
          expect(sorted(found), table).toEqual(sorted(expected));
        }
        isHostile ||= run.findings.some(({ subject }) => /^[^\r]*\n/u.test(subject));
      } finally {
        await rm(dir, { recursive: true, force: true });
      }
    };
    await fc.assert(fc.asyncProperty(names, check), {
      numRuns: 2,
      endOnFailure: true,
      examples: [[['a\nb', 'c\rd', '\n=1', '\r\n', '"', '＝x', "'=", ',', '\tx', '-1', 'x\0', 'y\n']]],
    });
    expect(isHostile).toBe(true);
  },
);
