import { createServer } from 'node:http';
import file from '../../service4/colours.json' with { type: 'json' };

const letters = new Map(Object.entries(file.letters));

/** The bare service 4: GET /colour/A */
createServer({ keepAliveTimeout: 75_000 }, (request, response) => {
  const letter = decodeURIComponent(request.url?.slice('/colour/'.length) ?? '');
  const colour = letters.get(letter) ?? file.fallback;
  response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(colour));
}).listen(process.env.PORT);
