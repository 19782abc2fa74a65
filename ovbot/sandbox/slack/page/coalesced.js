// Reading again what changed, without piling up: changes come in bursts, one reading serves many.

/** `work` as a function that never runs twice at once; calls meanwhile share one more run. */
export function coalesced(work) {
  let running = null;
  let again = false;
  const run = async () => {
    try {
      do {
        again = false;
        await work();
      } while (again);
    } finally {
      running = null;
    }
  };
  return () => {
    again = true;
    running ??= run();
    return running;
  };
}
