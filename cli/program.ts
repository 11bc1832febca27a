#!/usr/bin/env node
// Nothing of the program is imported before this hull stands: where a file of it is missing, Node would end with code 1,
// which says that there are findings.

/** Ends the process with the code of a failure, for what goes wrong before the program can speak for itself. */
const endAsFailed = (error: unknown): void => {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(
    `Error: optiid-audit could not be started: ${message}\nHint: Install it again. Where too many files are open (EMFILE), raise the limit (ulimit -n).\n`,
    () => process.exit(2),
  );
};

// 0 and 1 are said by a command that came to its end; whatever ends the process before that leaves this.
process.exitCode = 2;
process.on('uncaughtException', endAsFailed);

try {
  const { runProgram } = await import('./run-program.ts');
  process.off('uncaughtException', endAsFailed);
  await runProgram();
} catch (error) {
  endAsFailed(error);
}
