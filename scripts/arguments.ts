import { type ParseArgsConfig, parseArgs } from 'node:util';

/** What a command was given, as `parseArgs` reads it; what is no such argument ends the command with a sentence. */
export function argumentsOrEnd<Config extends ParseArgsConfig>(
  config: Config,
): ReturnType<typeof parseArgs<Config>> {
  try {
    return parseArgs(config);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}
