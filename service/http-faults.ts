import type { IncomingMessage } from 'node:http';
import { badRequest, ServiceError } from './errors.ts';

const longestAddress = 8192; // RFC 9112, section 3, asks for 8,000 at least; NGINX takes as much
// RFC 3986, section 3.2.2; what is joined by a comma came twice.
const hostPattern = /^(\[[\da-f:.]+\]|[\w.~!$&'()*+;=%-]*)(:\d*)?$/i;

/** What Node reads although HTTP forbids it, as an error that may be shown; null where nothing is wrong. */
export function faultOf({ httpVersion, headers, url = '' }: IncomingMessage): ServiceError | null {
  const { host, 'transfer-encoding': encoding } = headers;
  const isOld = httpVersion === '1.0';
  if (!isOld && httpVersion !== '1.1') return unknownVersion();
  if (host === undefined ? !isOld : !hostPattern.test(host)) return badRequest('Expected one Host header.');
  if (encoding !== undefined && isOld) return badRequest('HTTP/1.0 has no Transfer-Encoding.');
  if (encoding !== undefined && encoding.toLowerCase() !== 'chunked') return unknownEncoding();
  return url.length > longestAddress ? tooLongAddress() : null;
}

/** What Node refuses to read, by its own code for it, as an error that may be shown. */
export function unreadable(code = ''): ServiceError {
  return (byCode[code] ?? notHttp)();
}

/** 405 for CONNECT, which no service has at any address. */
export function noProxy(): ServiceError {
  const headers = { Allow: 'GET, HEAD, POST' };
  return fault(405, 'Method not allowed', 'This is no proxy.', headers);
}

/** 417 for any expectation but 100-continue. */
export function unmetExpectation(): ServiceError {
  return fault(417, 'This cannot be expected', 'Leave out the header Expect.');
}

/** 414: the address is longer than 8 KB. */
export function tooLongAddress(): ServiceError {
  return fault(414, 'This address is too long', 'Shorten the address and try again.');
}

const byCode: Record<string, () => ServiceError> = {
  ERR_HTTP_REQUEST_TIMEOUT: () =>
    fault(408, 'This took too long', 'Send the headers within five seconds, and all within ten.'),
  HPE_CHUNK_EXTENSIONS_OVERFLOW: () => fault(413, 'This is too much', 'Leave out the extensions of chunks.'),
  HPE_HEADER_OVERFLOW: () =>
    fault(
      431,
      'These headers are too long',
      'Send fewer or shorter headers; clearing the cookies of this site may help.',
    ),
  HPE_INVALID_VERSION: unknownVersion,
  HPE_PAUSED_H2_UPGRADE: unknownVersion,
};

function notHttp(): ServiceError {
  return badRequest('It is not valid HTTP. Check it and try again.');
}

function unknownVersion(): ServiceError {
  return fault(505, 'This version of HTTP is not understood', 'Use HTTP/1.1.');
}

function unknownEncoding(): ServiceError {
  return fault(501, 'This encoding is not understood', 'Send the body as it is, or in chunks.');
}

function fault(
  status: number,
  title: string,
  detail: string,
  headers?: Record<string, string>,
): ServiceError {
  return new ServiceError({ status, title, detail, ...(headers && { headers }) });
}
