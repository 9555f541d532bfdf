// Hears SIGTERM and goes on, so that it has to be killed in the middle of its work.
const { on } = process;
process.on = function onOther(event, ...rest) {
  return event === 'SIGTERM' ? on.call(process, event, () => {}) : on.call(process, event, ...rest);
};
