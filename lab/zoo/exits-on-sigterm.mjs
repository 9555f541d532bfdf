// Exits as soon as it is asked to, whatever it has to do.
const { on } = process;
process.on = function onOther(event, ...rest) {
  return event === 'SIGTERM'
    ? on.call(process, event, () => process.exit(0))
    : on.call(process, event, ...rest);
};
