/** A window that is not shown draws nothing: then it is not waited for any longer, in ms. */
const PATIENCE = 250;

/** When what has just changed is on the screen. */
export function afterPaint(): Promise<void> {
  return new Promise((done) => {
    // The callback comes before the frame is drawn, what it sets off comes after.
    requestAnimationFrame(() => setTimeout(done));
    setTimeout(done, PATIENCE);
  });
}
