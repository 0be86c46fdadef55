/** Small choices about the window that are kept on this machine, such as whether a panel is open. */

/** What was kept; `usual` where nothing was, or where nothing can be. */
export function recall(key: string, usual: boolean): boolean {
  try {
    const kept = localStorage.getItem(`tocsin.${key}`);
    return kept === null ? usual : kept === 'yes';
  } catch {
    return usual;
  }
}

/** Keeps it, and answers it. */
export function remember(key: string, value: boolean): boolean {
  try {
    localStorage.setItem(`tocsin.${key}`, value ? 'yes' : 'no');
  } catch {
    // Where nothing can be kept the choice holds for this window.
  }
  return value;
}
