import { randomInt } from 'node:crypto';
import { createServer } from 'node:http';

/** The bare service 2: GET /number?min=1&max=250 */
createServer({ keepAliveTimeout: 75_000 }, (request, response) => {
  const query = new URLSearchParams(request.url?.split('?')[1]);
  const number = randomInt(Number(query.get('min')), Number(query.get('max')) + 1);
  response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify({ number }));
}).listen(process.env.PORT);
