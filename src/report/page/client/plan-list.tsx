import type { JSX } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { PackedPlan, PageFacts, PageStep } from '../page-data.ts';
import { Definitions, Joined, RuleLink, TableLink } from '../parts.tsx';
import { showAddress } from './address.ts';
import { Choice, Paging, usePaging } from './data-table.tsx';
import { NO_FILTER, type TableFilter } from './table-view.ts';

interface PlanProps {
  plan: PackedPlan;
  facts: PageFacts;
  /** What another part of the page, or the address, asks to be shown: whose steps. */
  asked: TableFilter | null;
  /** True while the page is printed: all steps are. */
  isPrinting: boolean;
}

/** The plan as a checklist by phase. Ticks are kept in this browser, under the snapshot that the plan is for. */
export function PlanList({ plan, facts, asked, isPrinting }: PlanProps): JSX.Element {
  const key = `optiid-audit plan ${facts.snapshot}`;
  const [ticks, setTicks] = useState<ReadonlySet<string>>(() => readTicks(key));
  const [who, setWho] = useState('');
  const [isOpenOnly, setOpenOnly] = useState(false);
  useEffect(() => {
    if (asked !== null) setWho(asked.filters.who ?? '');
  }, [asked]);
  const everybody = useMemo(() => [...new Set(plan.steps.map((step) => step.who))].sort(), [plan]);
  const filtered = plan.steps.filter(
    (step) => (who === '' || step.who === who) && !(isOpenOnly && ticks.has(String(step.step))),
  );
  const paging = usePaging(filtered.length, 100);
  const shown = isPrinting ? filtered : filtered.slice(...paging.range);
  const phases = [...new Set(shown.map((step) => step.phase))];
  const tick = (what: string) => {
    const next = new Set(ticks);
    if (!next.delete(what)) next.add(what);
    setTicks(next);
    keepTicks(key, next);
  };
  return (
    <div class="plan">
      <form class="controls" aria-label="Filter the plan" onSubmit={(event) => event.preventDefault()}>
        <Choice
          id="plan-who"
          label="Who"
          value={who}
          none="everybody"
          choices={everybody}
          onChange={(name) => {
            setWho(name);
            paging.onPage(0);
            showAddress('plan', { ...NO_FILTER, filters: name === '' ? {} : { who: name } });
          }}
        />
        <label for="plan-open" class="inline">
          <input
            id="plan-open"
            type="checkbox"
            checked={isOpenOnly}
            onChange={(event) => setOpenOnly(event.currentTarget.checked)}
          />
          Only what is not ticked
        </label>
        <span role="status">
          {plan.steps.filter(({ step }) => ticks.has(String(step))).length} of {plan.steps.length} ticked
        </span>
      </form>
      {phases.map((phase) => (
        <section key={phase} class="phase" aria-label={`Phase ${phase}`}>
          <h3>{phase.charAt(0).toUpperCase() + phase.slice(1)}</h3>
          <ol>
            {shown
              .filter((step) => step.phase === phase)
              .map((step) => (
                <Step key={step.step} step={step} ticks={ticks} onTick={tick} />
              ))}
          </ol>
        </section>
      ))}
      {paging.pages > 1 && <Paging id="plan" label="the plan" {...paging} />}
    </div>
  );
}

interface StepProps {
  step: PageStep;
  /** Numbers of steps that are done, and of their subjects. */
  ticks: ReadonlySet<string>;
  onTick: (what: string) => void;
}

function Step({ step, ticks, onTick }: StepProps): JSX.Element {
  const id = `step-${step.step}`;
  const own = String(step.step);
  const isDone = ticks.has(own);
  return (
    <li id={id} value={step.step} class={isDone ? 'done' : ''}>
      <label for={`${id}-done`}>
        <input id={`${id}-done`} type="checkbox" checked={isDone} onChange={() => onTick(own)} />
        <span>
          <strong>
            {step.step}. {step.action}:
          </strong>{' '}
          <bdi>{step.subject}</bdi>
        </span>
      </label>
      <p class="by">
        <span class="tag">{step.who}</span>
        {step.isDecision && <span class="tag">decision</span>}
        {step.irreversible && <span class="tag tag-blocker">cannot be undone</span>}
        {step.after !== '' && <span class="waits">after {step.after}</span>}
        {step.rules.length > 0 && (
          <span class="about">
            for <Joined names={step.rules} link={(id) => <RuleLink id={id} />} />
          </span>
        )}
      </p>
      <details>
        <summary>
          How, whom, and how to see that it is done<span class="unseen"> for step {step.step}</span>
        </summary>
        <Definitions
          rows={[
            ['How', step.how],
            ['Before it', step.requires],
            ['Verify', step.verify],
            ['Stays open', step.open],
            [
              'Resolves',
              step.resolves.length > 0 && (
                <Joined
                  names={step.resolves}
                  link={(finding) => (
                    <TableLink table="findings" search={finding}>
                      {finding}
                    </TableLink>
                  )}
                />
              ),
            ],
          ]}
        />
        {step.subjects.length > 0 && (
          <ul class="subjects">
            {step.subjects.map(({ subject, detail }, position) => {
              const what = `${own}.${position + 1}`;
              return (
                <li key={what}>
                  <label for={`${id}-${position + 1}`}>
                    <input
                      id={`${id}-${position + 1}`}
                      type="checkbox"
                      checked={ticks.has(what)}
                      onChange={() => onTick(what)}
                    />
                    <span>
                      <bdi>{subject}</bdi>
                      {detail !== '' && (
                        <>
                          : <bdi>{detail}</bdi>
                        </>
                      )}
                    </span>
                  </label>
                </li>
              );
            })}
            {step.more > 0 && (
              <li>
                And {step.more} more, in <code>plan.csv</code>.
              </li>
            )}
          </ul>
        )}
      </details>
    </li>
  );
}

/** A browser may keep nothing for a file: then the ticks last as long as the page. */
function readTicks(key: string): ReadonlySet<string> {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key) ?? '[]');
    return new Set(Array.isArray(kept) ? kept.filter((what) => typeof what === 'string') : []);
  } catch {
    return new Set();
  }
}

function keepTicks(key: string, ticks: ReadonlySet<string>): void {
  try {
    localStorage.setItem(key, JSON.stringify([...ticks]));
  } catch {
    // Nothing to be done about it.
  }
}
