import type { SandboxWorld } from './model.ts';
import { healthyTwin } from './sample-company.ts';
import { timesBefore } from './sample-ids.ts';
import type { Trouble } from './sample-parts.ts';
import { SAMPLE_TROUBLES, VARIANT_TROUBLES } from './sample-troubles.ts';

export { healthyTwin } from './sample-company.ts';
export type { Trouble } from './sample-parts.ts';
export { SAMPLE_TROUBLES } from './sample-troubles.ts';

/** The healthy company with the given troubles. All times are counted back from `now`. */
export function troubledWorld(now: Date, troubles: readonly Trouble[]): SandboxWorld {
  const world = healthyTwin(now);
  const ago = timesBefore(now);
  for (const trouble of troubles) trouble.apply(world, ago);
  return world;
}

/** The sample company on the eve of its cutover: the healthy one with everything that goes wrong in real ones. */
export function sampleWorld(now: Date): SandboxWorld {
  return troubledWorld(now, SAMPLE_TROUBLES);
}

export interface SampleVariant {
  world: SandboxWorld;
  /** Rules that fire in it and not in the sample. */
  fires: readonly string[];
  why: string;
}

/** The sample with one thing more that excludes something else, by its name: rules that it cannot have fire here. */
export function sampleVariants(now: Date): Record<string, SampleVariant> {
  return Object.fromEntries(
    VARIANT_TROUBLES.map((variant) => [
      variant.name,
      {
        world: troubledWorld(now, [...SAMPLE_TROUBLES, variant]),
        fires: variant.rules,
        why: variant.why,
      },
    ]),
  );
}
