/**
 * The channels that a rule can tell by name; case makes no difference. The model has the same list (`CHANNELS` in
 * `rule/mod.rs`), and no command says it to the page.
 */
const DESKTOP = 'desktop';
export const CHANNELS: readonly string[] = [DESKTOP];

export const isChannel = (name: string): boolean => CHANNELS.includes(name.toLowerCase());
const isAmong = (name: string, names: readonly string[]): boolean =>
  names.some((one) => one.toLowerCase() === name.toLowerCase());

/** Whom a rule tells that names these: without any word of its own the desktop. */
export const toldBy = (names: readonly string[]): readonly string[] => (names.length > 0 ? names : [DESKTOP]);

/** Channels that it could tell as well. */
export const untold = (names: readonly string[]): string[] => CHANNELS.filter((one) => !isAmong(one, toldBy(names)));

/** Whether a rule can do without it: the last one that there is stays, or nobody would be told. */
export function canGo(name: string, names: readonly string[]): boolean {
  return !isChannel(name) || toldBy(names).some((one) => !isAmong(one, [name]) && isChannel(one));
}
