import autocannon from 'autocannon';

/** One turn: good answers per second, the time that the middle and the slowest hundredth took in ms, and the failed. */
export type Turn = { perSecond: number; p50: number; p99: number; failed: number };

/** How many keep-alive connections ask at the same time. */
export const connections = 24;

/** Asks for a page again and again, for some seconds; what is not answered with 200 has failed. */
export async function load(url: string, seconds: number): Promise<Turn> {
  const result = await autocannon({ url, connections, duration: seconds, headers: { accept: 'text/html' } });
  const { latency, duration, errors, requests, statusCodeStats = {} } = result;
  const good = statusCodeStats['200']?.count ?? 0;
  const { p50, p99 } = latency;
  return { perSecond: good / duration, p50, p99, failed: errors + requests.total - good };
}
