import { once } from 'node:events';
import express from 'express';
import { commonSettings } from './common-settings.ts';
import { createBase, createService } from './service.ts';
import { readSettings } from './settings.ts';
import { start } from './start.ts';

// The service that start.test.ts starts as a process; /slow answers when the parent sends it a message.
await start(environment => ({
  service: createService(createBase('service9', readSettings(commonSettings(5000), environment)), [
    [
      'get',
      '/slow',
      async (_request, response) => {
        console.log('asked');
        await once(process, 'message');
        response.send('done');
      },
    ],
    ['post', '/body', express.json(), (request, response) => void response.json(request.body)],
  ]),
  close: async () => console.log('closed'),
  ...(environment.WARM_UP_PATH && { warmUpPath: environment.WARM_UP_PATH }),
}));
