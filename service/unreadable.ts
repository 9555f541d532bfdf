import { IncomingMessage, METHODS, type Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Request, RequestHandler } from 'express';
import { badRequest, type ServiceError } from './errors.ts';
import { faultOf, noProxy, tooLongAddress, unmetExpectation, unreadable } from './http-faults.ts';

/** What Node says of what it cannot read: the bytes that it read last, and how many of them were right. */
type ReadError = Error & { code?: string; rawPacket?: Buffer; bytesParsed?: number };

const lingerMs = 2000;
const errors = new WeakMap<IncomingMessage, ServiceError>();
const latest = new WeakMap<Socket, ServerResponse>();

/** Throws what is wrong with the HTTP of a request. It comes before every route of a service. */
export const refuseUnreadable: RequestHandler = (request, response, next) => {
  const error = errors.get(request) ?? faultOf(request);
  if (!error) return next();
  response.setHeader('Connection', 'close'); // who is wrong in this may be wrong about where it ends
  throw error;
};

/**
 * Lets a service answer what Node would refuse with an empty answer or none, or Express with one of its own: it becomes
 * a request like any other, with id, log line, count and form, of which only the error is known already.
 */
export function answerUnreadable(server: Server): void {
  const refused = new WeakSet<Socket>();

  server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    latest.set(request.socket, response);
    const { url = '' } = request;
    if (url.startsWith('/') || url === '*') return;
    const address = URL.parse(url);
    request.url = address ? `${address.pathname}${address.search}` : '/';
    if (!address && !errors.has(request)) errors.set(request, badRequest('The address is not valid.'));
  });

  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    errors.set(request, unmetExpectation());
    server.emit('request', request, response);
  });

  server.on('connect', (request: IncomingMessage, socket: Socket) => {
    socket.once('error', () => socket.destroy()); // Node has left it to us, and listens no more
    errors.set(request, noProxy());
    request.url = '/';
    afterLatest(socket, () => answer(server, socket, request));
  });

  server.on('clientError', (error: ReadError, socket: Socket) => {
    if (refused.has(socket)) return; // each further piece of it comes here too
    refused.add(socket);
    if (!socket.writable || socket.bytesRead === 0) return void socket.destroy();
    const response = latest.get(socket);
    if (response && !response.req.complete) return failBody(response, unreadable(error.code));
    afterLatest(socket, () => answer(server, socket, requestIn(error, socket)));
  });
}

/** Does the work when the response before it on the connection is done. */
function afterLatest(socket: Socket, work: () => void): void {
  const response = latest.get(socket);
  if (!response || response.writableFinished) work();
  else response.once('finish', work);
}

function failBody(response: ServerResponse, error: ServiceError): void {
  if (!response.headersSent) response.setHeader('Connection', 'close');
  (response.req as Request).next?.(error); // Express' own, as if the handler that waits for the body had thrown
}

function answer(server: Server, socket: Socket, request: IncomingMessage): void {
  if (!socket.writable) return;
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  response.once('finish', () => {
    response.detachSocket(socket);
    response.emit('close');
    // Closed with bytes unread, the kernel would reset the connection, and the answer might be lost.
    socket.end();
    socket.resume();
    const timer = setTimeout(() => socket.destroy(), lingerMs).unref();
    socket.once('close', () => clearTimeout(timer)); // it would keep all of this in memory until then
  });
  server.emit('request', request, response);
}

/** As much of a request as can be seen in what Node could not read. */
function requestIn({ code, rawPacket, bytesParsed = 0 }: ReadError, socket: Socket): IncomingMessage {
  const text = rawPacket?.toString('latin1') ?? '';
  const before = text.slice(0, bytesParsed).lastIndexOf('\r\n\r\n'); // the end of a request before it
  const [head = ''] = text
    .slice(before < 0 ? 0 : before + 4)
    .trimStart()
    .split('\r\n\r\n', 1);
  const [line = '', ...lines] = head.split('\r\n');
  const [, method, url, version] =
    /^([\w!#$%&'*+.^`|~-]{1,32}) (?:([!-~]+) HTTP\/(\d\.\d)$)?/.exec(line) ?? [];
  const request = new IncomingMessage(socket);
  Object.assign(request, { method: method ?? '-', url: url ?? '/', httpVersion: version, complete: true });
  for (const [, name = '', value] of lines.map(each => /^([\w-]+):[ \t]*(.*)$/.exec(each) ?? []))
    request.headers[name.toLowerCase()] ??= value;
  // A method that Node does not know is one that no address has; Express would take `get` for GET.
  if (code === 'HPE_INVALID_METHOD' && method && url && !METHODS.includes(method.toUpperCase()))
    return request;
  const isAddress = code === 'HPE_HEADER_OVERFLOW' && !text.slice(0, bytesParsed).includes('\n');
  const isVersion = code !== 'HPE_INVALID_VERSION' || version !== undefined;
  errors.set(request, isAddress ? tooLongAddress() : unreadable(isVersion ? code : ''));
  return request;
}
