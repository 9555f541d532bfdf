import fc from 'fast-check';

const markup = '<img src=x onerror=alert(1)>';

const nasty = fc.oneof(
  fc.constantFrom(
    markup,
    `${markup}\u202e`,
    `"'><script>${markup}</script>`,
    "Robert'); DROP TABLE people;--",
    '1 OR 1=1',
    '" OR ""="',
    ...words(
      '%00 % %zz %c0%af %ff%fe ..%2f..%2f..%2fetc%2fpasswd ../../server.ts {{7*7}} #{7*7} __proto__ constructor',
    ),
    '<%= 7*7 %>',
    '\ud800',
    'a\u0000b',
    '٣',
    '👩‍👩‍👧‍👦',
    'Z̷͕͓a̸l̵g̷o',
    ...words('-1 0 1e3 0x10 NaN Infinity 9007199254740993 4294967296'),
    '1'.repeat(400),
    'x'.repeat(7000),
  ),
  fc.string({ unit: 'grapheme', maxLength: 120 }),
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.integer().map(String),
);

const encoded = fc.oneof(
  nasty.map(encode),
  nasty.map(text => text.replace(/[\s\0]/g, '')),
);

const path = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(knownPath(), fc.oneof(fc.constant(''), query())).map(parts => parts.join('')),
  },
  { weight: 1, arbitrary: encoded.map(text => `/${text}`) },
  { weight: 1, arbitrary: fc.constantFrom(...words('* // /? /# http://other.example/ /people/ /PEOPLE')) },
);

const method = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom('GET', 'POST') },
  { weight: 1, arbitrary: fc.constantFrom('', ...words('HEAD PUT DELETE OPTIONS PATCH TRACE get BREW')) },
);

const body = fc.oneof(
  fc.constantFrom('', ...words('{ {"name": [] null "text" {"name":{"toString":1}} {"name":["a","b"]} name')),
  fc.constantFrom('{"__proto__":{"name":"x"}}', '['.repeat(9000), `{"name":"${'x'.repeat(20_000)}"}`),
  nasty.map(name => JSON.stringify({ name })),
  nasty.map(name => `name=${encode(name)}`),
  nasty.map(name => `name=${encode(name)}&name=${encode(name)}&name[x]=1`),
  nasty,
);

const header = fc.oneof(
  fc.constantFrom(
    'Content-Type: application/json',
    'Content-Type: application/json; charset=utf-7',
    'Content-Type: application/json; charset=utf-16le',
    'Content-Type: application/x-www-form-urlencoded',
    'Content-Type: application/x-www-form-urlencoded; charset=klingon',
    'Content-Type: text/plain; charset=none',
    'Content-Type: multipart/form-data',
    'Content-Type: ;;;',
    'Content-Encoding: gzip',
    'Content-Encoding: br',
    'Content-Encoding: rot13',
    'Content-Length: -1',
    'Content-Length: 99999',
    'Transfer-Encoding: chunked',
    'Transfer-Encoding: identity, chunked',
    'Expect: 100-continue',
    'Expect: a miracle',
    'Upgrade: websocket',
    'Range: bytes=0-0,1-,-1',
    'If-None-Match: *',
    'Accept: application/json',
    'Accept: text/html',
    'Accept: text/plain',
    'Accept: image/png',
    'Accept: ;q=,,/',
    'Origin: null',
    'Origin: https://evil.example',
    'Host: [::',
    'X-Request-Id: short',
    `X-Huge: ${'h'.repeat(20_000)}`,
  ),
  fc
    .tuple(fc.constantFrom('Accept', 'X-Request-Id', 'Origin', 'Cookie', 'Content-Type'), nasty)
    .map(([name, value]) => `${name}: ${value.replace(/[\r\n]/g, ' ')}`),
);

const anything = fc
  .tuple(method, path, fc.array(header, { maxLength: 4 }), body)
  .map(([verb, target, headers, content]) => requestOf(`${verb} ${target}`, headers, content));

/** Right but for the name, or not even that. */
const addition = fc
  .tuple(
    fc.constantFrom('POST /people', 'POST /colour'),
    fc.oneof(
      nasty.map(name => ['application/json', JSON.stringify({ name })]),
      nasty.map(name => ['application/x-www-form-urlencoded', `name=${encode(name)}`]),
      nasty.map(name => ['text/plain', name]),
    ),
    fc.constantFrom('text/html', 'application/json', 'text/plain'),
  )
  .map(([start, [type, content = ''], accept]) =>
    requestOf(start, [`Content-Type: ${type}`, `Accept: ${accept}`], content),
  );

/** A request as it goes over the wire, wrong in most of what can be wrong: method, path, query, headers, body. */
export const badRequest: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: anything },
  { weight: 1, arbitrary: addition },
);

function requestOf(start: string, headers: string[], body: string): string {
  const hasLength = headers.some(text => /^(content-length|transfer-encoding)/i.test(text));
  const length = hasLength || body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`];
  const lines = [`${start} HTTP/1.1`, 'Host: motorpool', 'Connection: close', ...headers, ...length];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

function knownPath(): fc.Arbitrary<string> {
  return fc.oneof(
    fc.constantFrom(...words('/ /people /number /car /cars /colour /health /ready /metrics /style.css')),
    encoded.map(text => `/people/${text}`),
    encoded.map(text => `/colour/${text}`),
    fc.tuple(encoded, encoded).map(([id, car]) => `/draws/${id}/${car}`),
    encoded.map(car => `/draws/1/${car}`),
  );
}

function query(): fc.Arbitrary<string> {
  const name = fc.oneof(fc.constantFrom('min', 'max', 'before', 'v', 'name', 'min[]', 'before[x]'), encoded);
  return fc
    .array(
      fc.tuple(name, encoded).map(pair => pair.join('=')),
      { maxLength: 4 },
    )
    .map(pairs => `?${pairs.join('&')}`);
}

function words(text: string): string[] {
  return text.split(' ');
}

/** Percent-encodes, lone surrogates too. */
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}
