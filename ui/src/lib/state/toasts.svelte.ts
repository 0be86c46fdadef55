/** Short messages about what was just done. They go by themselves unless they are being read. */

export interface Toast {
  id: number;
  text: string;
  /** More sentences, such as why some were refused. */
  details: string[];
  tone: 'plain' | 'warning' | 'danger';
  action: { label: string; run: () => void } | null;
}

/** How long a toast stays, in ms. */
export const TOAST_MS = 10_000;
const MOST = 3;

export class Toasts {
  list = $state<Toast[]>([]);
  #last = 0;
  #timers = new Map<number, ReturnType<typeof setTimeout>>();

  show(toast: Partial<Omit<Toast, 'id'>> & { text: string }): number {
    this.#last += 1;
    const id = this.#last;
    const whole: Toast = { details: [], tone: 'plain', action: null, ...toast, id };
    this.list = [...this.list, whole].slice(-MOST);
    this.resume(id);
    return id;
  }

  dismiss(id: number): void {
    this.hold(id);
    this.list = this.list.filter((toast) => toast.id !== id);
  }

  /** Keeps a toast while it is pointed at or has the focus. */
  hold(id: number): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
  }

  resume(id: number): void {
    this.hold(id);
    this.#timers.set(
      id,
      setTimeout(() => this.dismiss(id), TOAST_MS),
    );
  }
}
