/** A request that is not good HTTP, or not such as anybody here understands, as it goes over the wire. */
export type Malformed = {
  what: string;
  /** The status that a service answers with, and NGINX, with one of its own or that of service 1. */
  service: number;
  nginx: number;
  /** Whether NGINX refuses it before it has read the headers, and cannot know form and id. */
  isBlind?: true;
  /** The request with some more headers, each with its line end. */
  bytes(more: string): string;
};

const long = 'x'.repeat(7000);

/** Every kind of it, with what is right to answer. */
export const malformed: Malformed[] = [
  head('three headers of 7,000 bytes', 431, `A: ${long}\r\nB: ${long}\r\nC: ${long}\r\n`),
  head('thousands of headers', 431, 'a:\r\n'.repeat(6000)),
  head('a control character in a header', 400, 'X-A: a\x01b\r\n'),
  head('a NUL in a header', 400, 'X-A: a\0b\r\n'),
  head('a header without a name', 400, ': x\r\n'),
  head('a space before the colon', 400, 'X-A : b\r\n'),
  head('a folded header', 400, 'X-A: a\r\n b\r\n'),
  head('a second Host', 400, 'Host: y\r\n'),
  head('a length that is none', 400, 'Content-Length: -1\r\n'),
  head('two lengths', 400, 'Content-Length: 1\r\nContent-Length: 2\r\n'),
  head('a length and chunks', 400, 'Content-Length: 3\r\nTransfer-Encoding: chunked\r\n'),
  line('no Host', 400, 'GET / HTTP/1.1', ''),
  line('a Host that is none', 400, 'GET / HTTP/1.1', 'Host: a b\r\n'),
  line('an unknown method', 405, 'BREW / HTTP/1.1'),
  line('CONNECT', 405, 'CONNECT motorpool:80 HTTP/1.1'),
  line('TRACE', 405, 'TRACE / HTTP/1.1'),
  { ...line('a method in small letters', 400, 'get / HTTP/1.1'), isBlind: true },
  { ...line('no method', 400, ' / HTTP/1.1'), isBlind: true },
  { ...line('an address that is none', 400, 'GET x HTTP/1.1'), isBlind: true },
  { ...line('a NUL in the address', 400, 'GET /\0 HTTP/1.1'), isBlind: true },
  { ...line('an address of 9,000 bytes', 414, `GET /${'x'.repeat(9000)} HTTP/1.1`), isBlind: true },
  { ...line('an address of 30,000 bytes', 414, `GET /${'x'.repeat(30_000)} HTTP/1.1`), isBlind: true },
  { ...line('HTTP/2.0', 505, 'GET / HTTP/2.0'), isBlind: true },
  { ...line('another protocol', 400, 'GET / RTP/1.1'), isBlind: true },
  { ...line('chunks in HTTP/1.0', 400, 'POST /people HTTP/1.0'), bytes: chunksInOld },
  post('an encoding that is not known', 501, 'Transfer-Encoding: gzip, chunked\r\n', '0\r\n\r\n'),
  post('an encoding that is no chunks', 501, 'Transfer-Encoding: identity\r\n', ''),
  post('a chunk that is none', 400, 'Transfer-Encoding: chunked\r\n', 'zz\r\n'),
  { ...head('an expectation', 417, 'Expect: a miracle\r\n'), nginx: 200 }, // NGINX leaves it out
];

function line(what: string, status: number, start: string, host = 'Host: motorpool\r\n'): Malformed {
  const bytes = (more: string) => `${start}\r\n${more}${host}Connection: close\r\n\r\n`;
  return { what, service: status, nginx: status, bytes };
}

function head(what: string, status: number, headers: string): Malformed {
  const bytes = (more: string) =>
    `GET / HTTP/1.1\r\nHost: motorpool\r\nConnection: close\r\n${more}${headers}\r\n`;
  return { what, service: status, nginx: status, bytes };
}

function post(what: string, status: number, headers: string, body: string): Malformed {
  const start = 'POST /people HTTP/1.1\r\nHost: motorpool\r\nContent-Type: application/json\r\n';
  const bytes = (more: string) => `${start}${more}${headers}\r\n${body}`;
  return { what, service: status, nginx: status, bytes };
}

function chunksInOld(more: string): string {
  return `POST /people HTTP/1.0\r\n${more}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`;
}
