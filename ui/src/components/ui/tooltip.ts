/**
 * A short text beside what is pointed at or has the focus. It is an extra: whatever it says must also be reached
 * another way (a name for screen readers, a detail view). Escape hides it; it can itself be pointed at.
 */
import type { Attachment } from 'svelte/attachments';
import { putBeside } from './place';

/** Pointing waits this long, in ms; leaving waits a little, so that the text can be reached. */
const WAIT = 450;
const LINGER = 120;

let bubble: HTMLElement | null = null;
let owner: HTMLElement | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;

function hide(): void {
  clearTimeout(timer);
  bubble?.remove();
  bubble = null;
  owner = null;
}

function show(node: HTMLElement, text: string): void {
  hide();
  if (text === '' || !node.isConnected) return;
  owner = node;
  bubble = document.createElement('div');
  bubble.className = 'tooltip';
  bubble.setAttribute('popover', 'manual');
  bubble.setAttribute('role', 'tooltip');
  bubble.textContent = text;
  bubble.addEventListener('pointerenter', () => clearTimeout(timer));
  bubble.addEventListener('pointerleave', soonHide);
  // Inside an open dialog, what lies outside it is inert.
  (node.closest('dialog') ?? document.body).append(bubble);
  bubble.showPopover?.();
  putBeside(bubble, node, 'above');
}

function soonHide(): void {
  clearTimeout(timer);
  timer = setTimeout(hide, LINGER);
}

/** `{@attach tooltip('Close (Esc)')}` */
export function tooltip(text: string | undefined): Attachment<HTMLElement> {
  return (node) => {
    if (text === undefined || text === '') return;
    const enter = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => show(node, text), WAIT);
    };
    const focus = (): void => {
      if (node.matches(':focus-visible')) show(node, text);
    };
    const key = (event: KeyboardEvent): void => {
      if (event.key === 'Escape' && owner === node) hide();
    };
    node.addEventListener('pointerenter', enter);
    node.addEventListener('pointerleave', soonHide);
    node.addEventListener('pointerdown', hide);
    node.addEventListener('focus', focus);
    node.addEventListener('blur', hide);
    node.addEventListener('keydown', key);
    return () => {
      if (owner === node) hide();
      node.removeEventListener('pointerenter', enter);
      node.removeEventListener('pointerleave', soonHide);
      node.removeEventListener('pointerdown', hide);
      node.removeEventListener('focus', focus);
      node.removeEventListener('blur', hide);
      node.removeEventListener('keydown', key);
    };
  };
}
