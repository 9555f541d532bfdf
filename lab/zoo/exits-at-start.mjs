// Exits before it listens, as after a forgotten migration.
console.error('The table "garages" is missing.');
process.exit(3);
