// Keeps what it should let go, from the fifth second on, until the kernel ends it.
const kept = [];
setTimeout(() => setInterval(() => kept.push(Buffer.alloc(16 * 2 ** 20, 1)), 400), 5000);
