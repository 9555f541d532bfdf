import { readSettings } from '@motorpool/service/settings.ts';
import { start } from '@motorpool/service/start.ts';
import { createApp } from './app.ts';
import { declaration } from './settings.ts';

await start(environment => ({ service: createApp(readSettings(declaration, environment)) }));
