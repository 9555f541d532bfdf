/** Says what is being done, does it, and says how long it took. Gives what `work` gives. */
export async function step<Result>(title: string, work: () => Promise<Result>): Promise<Result> {
  const start = performance.now();
  const seconds = () => `${((performance.now() - start) / 1000).toFixed(1)} s`.padStart(8);
  const live = process.stderr.isTTY;
  const ticking = live && setInterval(() => process.stderr.write(`\r${seconds()}  ${title} …`), 100);
  const finish = (mark: string) => {
    if (ticking) clearInterval(ticking);
    process.stderr.write(`${live ? '\r\x1b[K' : ''}${seconds()}  ${mark} ${title}\n`);
  };
  try {
    const result = await work();
    finish('✔');
    return result;
  } catch (error) {
    finish('✘');
    throw error;
  }
}
