import { answer } from '@motorpool/service/answer.ts';
import { readJson, readText } from '@motorpool/service/body.ts';
import type { CommonSettings } from '@motorpool/service/common-settings.ts';
import { badRequest } from '@motorpool/service/errors.ts';
import { createBase, createService, type Service } from '@motorpool/service/service.ts';
import type { Request, Response } from 'express';
import { colourOf, readRules } from './colour.ts';

/** Service 4: the colour of a letter, from colours.json. */
export function createApp(settings: CommonSettings): Service {
  const rules = readRules(new URL('colours.json', import.meta.url));

  return createService(createBase('service4', settings), [
    ['get', '/colour/:letter', byLetter],
    ['post', '/colour', readJson, readText, byName],
  ]);

  function byLetter(request: Request, response: Response): void {
    const letter = String(request.params.letter);
    if ([...letter.normalize('NFC')].length !== 1)
      throw badRequest(`Expected one letter, got \`${letter}\`.`);
    response.setHeader('Cache-Control', 'public, max-age=3600');
    response.setHeader('ETag', rules.etag);
    if (request.fresh) response.status(304).set('Vary', 'Accept').end();
    else sendColourOf(letter, request, response);
  }

  function byName(request: Request, response: Response): void {
    const name = typeof request.body === 'string' ? request.body : request.body?.name;
    if (typeof name !== 'string' || name.trim() === '') {
      throw badRequest('Expected a name, as plain text or as {"name": "…"}.');
    }
    sendColourOf(name, request, response);
  }

  function sendColourOf(name: string, request: Request, response: Response): void {
    const { letter, ...colour } = colourOf(name, rules);
    answer(request, response, { text: () => colour.name, json: () => ({ letter, ...colour }) });
  }
}
