import { isUtf8 } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import express from 'express';
import { badRequest, ServiceError } from './errors.ts';

const limit = '16kb';

/** Reads a body in JSON, of at most 16 kB of UTF-8. */
export const readJson = express.json({ limit, verify: expectUtf8 });

/** Reads a form, of at most 16 kB of percent-encoded UTF-8. */
export const readForm = express.urlencoded({ limit, extended: false, verify: expectEncodedUtf8 });

/** Reads whatever else is sent as a text, of at most 16 kB of UTF-8. */
export const readText = express.text({ limit, type: () => true, verify: expectUtf8 });

function expectUtf8(
  _request: IncomingMessage,
  _response: ServerResponse,
  body: Buffer,
  charset: string,
): void {
  if (!/^utf-?8$/.test(charset)) {
    throw new ServiceError({
      status: 415,
      title: 'This form of data is not understood',
      detail: `Send it in UTF-8, not in ${charset}.`,
    });
  }
  if (!isUtf8(body)) throw badRequest('What was sent is not UTF-8. Send it in UTF-8.');
}

/** The reader itself would take what cannot be decoded for a text. Throws a URIError. */
function expectEncodedUtf8(...sent: Parameters<typeof expectUtf8>): void {
  expectUtf8(...sent);
  decodeURIComponent(String(sent[2]));
}
