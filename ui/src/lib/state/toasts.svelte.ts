/** Short messages about what was just done. They go by themselves unless they are being read. */

export interface Toast {
  id: number;
  text: string;
  /** More sentences, such as why some were refused. */
  details: string[];
  tone: 'plain' | 'warning' | 'danger';
  action: { label: string; run: () => void } | null;
  /** It is being read: its time stands still. */
  held: boolean;
  /** Grows whenever its time starts afresh. */
  round: number;
}

/** How long a toast stays, in ms. */
export const TOAST_MS = 10_000;
const MOST = 3;

export class Toasts {
  list = $state<Toast[]>([]);
  #last = 0;
  #timers = new Map<number, ReturnType<typeof setTimeout>>();

  show(toast: Partial<Pick<Toast, 'details' | 'tone' | 'action'>> & { text: string }): number {
    this.#last += 1;
    const id = this.#last;
    const whole: Toast = { details: [], tone: 'plain', action: null, ...toast, id, held: false, round: 0 };
    this.list = [...this.list, whole].slice(-MOST);
    this.#start(id);
    return id;
  }

  dismiss(id: number): void {
    this.#stop(id);
    this.list = this.list.filter((toast) => toast.id !== id);
  }

  /** Keeps a toast while it is pointed at or has the focus. */
  hold(id: number): void {
    this.#stop(id);
    this.#change(id, (toast) => ({ ...toast, held: true }));
  }

  resume(id: number): void {
    if (!this.list.some((toast) => toast.id === id)) return;
    this.#start(id);
    this.#change(id, (toast) => ({ ...toast, held: false, round: toast.round + 1 }));
  }

  #start(id: number): void {
    this.#stop(id);
    this.#timers.set(
      id,
      setTimeout(() => this.dismiss(id), TOAST_MS),
    );
  }

  #stop(id: number): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
  }

  #change(id: number, change: (toast: Toast) => Toast): void {
    this.list = this.list.map((toast) => (toast.id === id ? change(toast) : toast));
  }
}
