import { InvalidArgumentError } from 'commander';
import { type Command, defineCommand } from './command.ts';
import { notBlank, OPTIONS } from './options.ts';

const { json, quiet } = OPTIONS;

const file = {
  flag: '--file <path>',
  what: 'the fleet file',
  parse: notBlank,
  default: 'fleet.yaml',
} as const;

const night = {
  flag: '--night <day>',
  what: 'the night that began on this day, YYYY-MM-DD (default: the one underway)',
  parse(text: string): string {
    if (/^\d{4}-\d{2}-\d{2}$/u.test(text) && !Number.isNaN(Date.parse(text))) return text;
    throw new InvalidArgumentError('Give a day as YYYY-MM-DD.');
  },
} as const;

function jsonOf(what: string) {
  return { ...json, what: `print ${what} as JSON on stdout` } as const;
}

function wholeOf(least: number, most: number) {
  return (text: string): number => {
    const number = Number(text);
    if (/^\d+$/u.test(text) && number >= least && number <= most) return number;
    throw new InvalidArgumentError(`Give a whole number from ${least} to ${most}.`);
  };
}

/** `9464`, or `0.0.0.0:9464` where others are to reach it. */
function address(text: string): { host: string; port: number } {
  const [, host = '127.0.0.1', port = ''] = /^(?:(\S+):)?(\d{1,5})$/u.exec(text) ?? [];
  if (port !== '' && Number(port) <= 65_535)
    return { host: host.replace(/^\[|\]$/gu, ''), port: Number(port) };
  throw new InvalidArgumentError('Give a port, or HOST:PORT.');
}

/** Many organizations on many machines. */
export const FLEET: Command = defineCommand({
  name: 'fleet',
  about: 'many organizations on many machines, by a queue in PostgreSQL (FLEET_DATABASE_URL)',
  options: {},
  examples: { fleet: 'lists what it can do' },
  subcommands: [
    defineCommand({
      name: 'check',
      about: 'checks fleet.yaml as a whole: every mistake with its line, every secret looked up',
      options: {
        deep: { flag: '--deep', what: "run each organization's doctor, a few at a time" },
        schema: { flag: '--schema', what: 'print the JSON Schema of fleet.yaml, for editors' },
        file,
        json: jsonOf('the outcome'),
        quiet,
      },
      examples: {
        'fleet check': 'after each change of the file',
        'fleet check --deep': 'proves every credential of every organization',
      },
      load: async () => (await import('./fleet.ts')).check,
    }),
    defineCommand({
      name: 'enqueue',
      about:
        'asks for one audit of each organization and night, spread over its window, the longest first; twice is once',
      options: {
        now: {
          flag: '--now',
          what: 'all at once, for the night underway',
          conflicts: ['schedule', 'unschedule'],
        },
        schedule: {
          flag: '--schedule',
          what: 'leave it to the workers: they enqueue each night when its window begins',
          conflicts: ['unschedule'],
        },
        unschedule: { flag: '--unschedule', what: 'end that again' },
        file,
        json: jsonOf('what was enqueued'),
        quiet,
      },
      examples: {
        'fleet enqueue': 'for cron, once a day before the windows begin',
        'fleet enqueue --schedule': 'once; cron is not needed then',
      },
      load: async () => (await import('./fleet.ts')).enqueue,
    }),
    defineCommand({
      name: 'work',
      about: 'takes jobs and runs the audits, each in a process with the secrets of its organization alone',
      options: {
        slots: {
          flag: '--slots <n>',
          what: 'audits at once',
          parse: wholeOf(1, 1_000),
          mandatory: true,
        },
        memory: {
          flag: '--memory <mb>',
          what: 'memory for all audits at once, in MB (default: four fifths of the machine or container)',
          parse: wholeOf(256, 16_777_216),
        },
        metrics: {
          flag: '--metrics <port>',
          what: 'serve Prometheus metrics there, on this machine alone; HOST:PORT for others',
          parse: address,
        },
        untilDone: {
          flag: '--until-done',
          what: 'end once every organization has its answer or is given up',
        },
        file,
        quiet,
      },
      examples: {
        'fleet work --slots 8 --log json': 'on each machine, under systemd or in a container',
        'fleet work --slots 4 --metrics 9464': 'with metrics at http://127.0.0.1:9464/metrics',
      },
      load: async () => (await import('./fleet.ts')).work,
    }),
    defineCommand({
      name: 'status',
      about: 'how far the night is: dead, late, running with progress, waiting, done',
      options: {
        watch: { flag: '--watch', what: 'show it again every two seconds', conflicts: ['json'] },
        night,
        file,
        json: jsonOf('the roll-up'),
      },
      examples: { 'fleet status --watch': 'while a night is underway' },
      load: async () => (await import('./fleet.ts')).status,
    }),
    defineCommand({
      name: 'report',
      about:
        'the roll-up of a night: organizations without a run first, then incomplete runs, then new blockers; ends with the worst code of all, a missing run counting as 3',
      options: {
        out: {
          flag: '--out <folder>',
          what: 'write fleet.html, fleet.csv and fleet.json there',
          parse: notBlank,
        },
        night,
        file,
        json: jsonOf('the roll-up'),
        quiet,
      },
      examples: {
        'fleet report --out morning': 'for the morning: three files, and the worst first on the terminal',
      },
      load: async () => (await import('./fleet.ts')).report,
    }),
    defineCommand({
      name: 'redrive',
      about: 'brings an organization back that was tried in vain, once its cause is fixed',
      arguments: [{ name: '<org>', what: 'its name in fleet.yaml' }],
      options: { night, file, json: jsonOf('what was brought back'), quiet },
      examples: { 'fleet redrive acme': 'after its token was renewed' },
      load: async () => (await import('./fleet.ts')).redrive,
    }),
  ],
  load: async () => {
    const { help } = await import('./help.ts');
    return (flags, context, program) => help(['fleet'], flags, context, program);
  },
});
