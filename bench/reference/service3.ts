import { randomInt } from 'node:crypto';
import { createServer } from 'node:http';
import file from '../../service3/cars.json' with { type: 'json' };

/** The bare service 3: GET /car */
createServer({ keepAliveTimeout: 75_000 }, (_request, response) => {
  const car = file.cars[randomInt(file.cars.length)];
  response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify({ car }));
}).listen(process.env.PORT);
