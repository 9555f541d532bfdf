// Installs the packages of the lock file where some are missing or of another version, whatever a clock says. It is
// JavaScript, and part of each command instead of npm's "pre" scripts: it runs before there is a Node.js that reads
// TypeScript, and also where npm is told to run no scripts.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

if (process.platform === 'win32') {
  console.error(
    'Motorpool runs on Linux and macOS; on Windows use it inside WSL: https://learn.microsoft.com/windows/wsl',
  );
  process.exit(1);
}

if (!isInstalled()) {
  console.error('Installing the packages (once; about half a minute) …');
  // Whatever NODE_ENV and npm's settings leave out: this is a workshop, not a place where one service runs.
  const all = [
    '--include=dev',
    '--include=optional',
    '--ignore-scripts=false',
    '--bin-links',
    '--dry-run=false',
  ];
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
  const { status, error } = spawnSync('npm', ['ci', ...all, ...quiet], { stdio: ['inherit', 2, 2] });
  if (error) console.error(`npm cannot be started: ${error.message}.`);
  process.exitCode = status ?? 1;
}

function isInstalled() {
  const installed = packagesIn('node_modules/.package-lock.json');
  const locked = Object.entries(packagesIn('package-lock.json'));
  const needed = locked.filter(([path, { optional }]) => path.startsWith('node_modules/') && !optional);
  return (
    needed.every(([path, { version }]) => installed[path] && installed[path].version === version) &&
    spawnSync('node_modules/.bin/node', ['--version']).status === 0
  );
}

/** The packages that a lock file names, by their paths. */
function packagesIn(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : {};
}
