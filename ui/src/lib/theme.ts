/** Which of the four themes the window wears. */

export const THEMES = ['light', 'dark', 'contrast-light', 'contrast-dark'] as const;
export type Theme = (typeof THEMES)[number];

/** The last one is kept here, so that the next start begins with it before the settings are read. */
const KEPT = 'tocsin-theme';
const DARK = '(prefers-color-scheme: dark)';
const CONTRAST = '(prefers-contrast: more)';

/** What the setting means on a desktop that asks for this. Anything unknown is `system`. */
export function resolveTheme(setting: string, asks: { dark: boolean; contrast: boolean }): Theme {
  const chosen = THEMES.find((theme) => theme === setting);
  if (chosen !== undefined) return chosen;
  const shade = asks.dark ? 'dark' : 'light';
  return asks.contrast ? `contrast-${shade}` : shade;
}

function ask(query: string): MediaQueryList | null {
  return typeof window.matchMedia === 'function' ? window.matchMedia(query) : null;
}

/** Puts the theme on, and keeps to the desktop's wishes while the setting is `system`; the answer ends that. */
export function wearTheme(setting: string): () => void {
  const queries = [ask(DARK), ask(CONTRAST)] as const;
  const put = (): void => {
    const asks = { dark: queries[0]?.matches ?? false, contrast: queries[1]?.matches ?? false };
    document.documentElement.dataset.theme = resolveTheme(setting, asks);
  };
  put();
  for (const query of queries) query?.addEventListener('change', put);
  keep(setting);
  return () => {
    for (const query of queries) query?.removeEventListener('change', put);
  };
}

function keep(setting: string): void {
  try {
    localStorage.setItem(KEPT, setting);
  } catch {
    // Only the first moment of the next start is lost.
  }
}

/** The setting of the last time. */
export function keptTheme(): string {
  try {
    return localStorage.getItem(KEPT) ?? 'system';
  } catch {
    return 'system';
  }
}
