/**
 * A text as a header may carry it: what is not printable ASCII is percent-encoded, for a host may be named 机械革命.
 */
export function toHeader(text: string): string {
  return text.replace(/[^\x20-\x24\x26-\x7e]/gu, encodeURIComponent);
}

/** The text that `toHeader` was given; what it cannot have made stays as it is. */
export function fromHeader(header: string): string {
  try {
    return decodeURIComponent(header);
  } catch {
    return header;
  }
}
