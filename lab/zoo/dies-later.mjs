// Works for 20 seconds.
setTimeout(() => {
  console.error('The licence has expired.');
  process.exit(1);
}, 20_000);
