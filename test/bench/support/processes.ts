import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ServerRequests, ServerVerb } from './server-process.ts';

const BENCH = fileURLToPath(new URL('../bench.ts', import.meta.url));

/** The parts that run in processes of their own, so that each has its own memory and its own core. */
type Role = 'server' | 'ours' | 'sdk-loop' | 'sdk-parallel' | 'bare';

/** A proxy in the environment would catch even loopback requests: the Okta SDK ignores NO_PROXY. */
export function environment(): NodeJS.ProcessEnv {
  const env = { ...process.env };
  for (const name of ['HTTP_PROXY', 'HTTPS_PROXY']) {
    delete env[name];
    delete env[name.toLowerCase()];
  }
  return env;
}

function start(role: Role): ChildProcess {
  return fork(BENCH, [`--role=${role}`], {
    env: environment(),
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}

/** One question to a process, one answer. */
function ask<Answer>(child: ChildProcess, question: unknown): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const gone = (code: number | null): void =>
      reject(new Error(`A process of the bench ended with ${code}.`));
    child.once('exit', gone);
    child.once('message', (answer: { value?: Answer; error?: string }) => {
      child.off('exit', gone);
      if (answer.error === undefined) resolve(answer.value as Answer);
      else reject(new Error(answer.error));
    });
    child.send(question as object);
  });
}

/** The side of the process: answers each question with what `work` gives. */
export function answerWith<Question>(work: (question: Question) => Promise<unknown>): void {
  process.on('message', (question) => {
    work(question as Question).then(
      (value) => process.send?.({ value }),
      (error: unknown) =>
        process.send?.({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
  });
  process.on('disconnect', () => process.exit());
}

/** Runs a role once, in a process of its own. */
export async function runOnce<Answer>(role: Exclude<Role, 'server'>, question: unknown): Promise<Answer> {
  const child = start(role);
  try {
    return await ask<Answer>(child, question);
  } finally {
    child.kill();
  }
}

export interface ServerHandle {
  readonly url: string;
  ask<Verb extends ServerVerb>(
    verb: Verb,
    take: ServerRequests[Verb]['take'],
  ): Promise<ServerRequests[Verb]['give']>;
  stop(): void;
}

/** Starts the server of an org, in a process of its own. */
export async function startServer(org: ServerRequests['start']['take']): Promise<ServerHandle> {
  const child = start('server');
  const url = await ask<string>(child, { verb: 'start', take: org });
  return {
    url,
    ask: (verb, take) => ask(child, { verb, take }),
    stop: () => {
      child.kill();
    },
  };
}
